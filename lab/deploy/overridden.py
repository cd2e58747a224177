"""Pure: in sentences, what the lab will change of somebody's merged Compose project, and what it cannot hold still."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lab.deploy import foreign, refusals

Service = Mapping[str, Any]
Config = Mapping[str, Any]


def changes(config: Config, *, entry: str, folder: Path, egress: bool) -> list[tuple[str, str]]:
    """Pairs of a service, a network or a volume, and what is put in the place of what it says."""
    found = [(name, said) for name, service in config["services"].items() for said in _of(name, service, entry, folder)]
    fixed = {address for service in config["services"].values() for address in _fixed(service)}
    found += [
        (name, f"its DNS server {server} answers no more: nobody has that address. Take `dns` out")
        for name, service in config["services"].items()
        for server in sorted(fixed.intersection(service.get("dns") or ()))
    ]
    for name, volume in (config.get("volumes") or {}).items():
        found.append((f"volume {name}", f"a new one in place of {(volume or {}).get('name', name)}"))
    for name, network in (config.get("networks") or {}).items():
        found.append((f"network {name}", _network(network or {}, egress=egress)))
    return found


def _network(network: Mapping[str, Any], *, egress: bool) -> str:
    if network.get("external"):
        return f"{network['name']}, which others are in"
    fixed = ((network.get("ipam") or {}).get("config") or [{}])[0].get("subnet")
    place = f" in place of {fixed}" if fixed else ""
    return f"a subnet of the lab's{place}, " + ("with a way out" if egress else "no way out")


def _of(name: str, service: Service, entry: str, folder: Path) -> Iterator[str]:
    limits = (service.get("deploy") or {}).get("resources") or {}
    yield from _reached(name == entry, service)
    if "container_name" in service:
        yield f"not called {service['container_name']}"
    if limits or "mem_limit" in service:
        yield "limits give way to the budget, where they are not smaller"
    if foreign.replicas(service) > 1:
        yield f"{foreign.replicas(service)} containers, one tier"
    if "build" in service and "image" in service:
        yield f"built under a name of the lab's, not as {service['image']}"
    if str(service.get("restart", "no")) != "no":
        yield "not restarted when it dies"
    yield from _mounts(service, folder)


def _reached(is_entry: bool, service: Service) -> Iterator[str]:
    if is_entry:
        yield "published on 127.0.0.1 only, at the port that `lab up` says"
    elif service.get("ports"):
        yield "not published"
    if _fixed(service):
        yield "no fixed address: whoever looks for it must use its name"


def _fixed(service: Service) -> list[str]:
    """The addresses that a service asks for."""
    said = [network or {} for network in (service.get("networks") or {}).values()]
    return [network["ipv4_address"] for network in said if network.get("ipv4_address")]


def _mounts(service: Service, folder: Path) -> Iterator[str]:
    for mount in service.get("volumes") or ():
        if mount["type"] != "bind" or mount.get("read_only"):
            continue
        source = Path(mount["source"])
        if refusals.inside(source, folder):
            yield f"{mount['target']}: " + ("read only" if source.is_file() else f"a copy of {source.name}")


def unpinned(config: Config) -> list[tuple[str, str]]:
    """Pairs of a service and why the next start may be of something else: the lab does not choose its version."""
    found = []
    for name, service in config["services"].items():
        image = str(service.get("image", ""))
        tag = image.rpartition("/")[2].partition(":")[2]
        if "build" in service:
            found.append((name, "built: its libraries are those that its files ask for on that day"))
        elif "@sha256:" not in image:
            found.append((name, f"the image {image} is what its tag {tag or 'latest'} leads to on that day"))
    return found

"""Pure: what of somebody's Compose project reaches beyond what the lab can make its own, and is refused.

Nobody but its owner can say whether such a thing may be started a second time; `allow` in lab.yaml says it.
"""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.errors import UsageError

PRIVILEGED = "privileged"
HOST_NETWORK = "host-network"
HOST_ACCESS = "host-access"
DOCKER_SOCKET = "docker-socket"
OUTSIDE_WRITES = "outside-writes"
EXTERNAL_NETWORKS = "external-networks"
OTHER_CONTAINERS = "other-containers"
KINDS = {
    PRIVILEGED: "containers with all of root's powers on this host",
    HOST_NETWORK: "containers in the host's own network",
    HOST_ACCESS: "the host's processes, devices, capabilities or address",
    DOCKER_SOCKET: "the engine's socket, through which everything can be started and removed",
    OUTSIDE_WRITES: "folders outside of the project that can be written to",
    EXTERNAL_NETWORKS: "networks that others are in",
    OTHER_CONTAINERS: "containers that the lab did not start",
}
"""What `allow` can name, and what it gives away."""
HOST_GATEWAY = "host-gateway"
_SOCKET = "docker.sock"
_STRONG = frozenset({"ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO", "SYS_BOOT", "NET_ADMIN"})

Service = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One thing that is refused, of which kind, and where it stands."""

    kind: str
    where: str
    """The service, or the network."""
    what: str


def find(config: Mapping[str, Any], *, folder: Path) -> list[Refusal]:
    """All such things of a merged project whose files lie in a folder."""
    found = [refusal for name, service in config["services"].items() for refusal in _of_service(name, service, folder)]
    found += [
        Refusal(kind=EXTERNAL_NETWORKS, where=f"network {name}", what=f"is the external network {network['name']}")
        for name, network in (config.get("networks") or {}).items()
        if (network or {}).get("external")
    ]
    return found


def require_none(
    config: Mapping[str, Any], *, folder: Path, allow: Iterable[str], adopting: Sequence[str] = ()
) -> None:
    """Raise UsageError that names everything that is refused and not allowed, or a kind that does not exist.

    `adopting` are the words of the call that writes `lab.yaml`; without them it is there, and `allow` stands in it.
    """
    allowed = frozenset(allow)
    if unknown := sorted(allowed - KINDS.keys()):
        raise UsageError(f"{', '.join(unknown)} cannot be allowed", where="allow", fix=f"known: {', '.join(KINDS)}")
    refused = [refusal for refusal in find(config, folder=folder) if refusal.kind not in allowed]
    if refused:
        kinds = list(dict.fromkeys(refusal.kind for refusal in refused))
        allowing = [*adopting, *(word for kind in kinds for word in ("--allow", kind))]
        said = f"`allow: [{', '.join((*sorted(allowed), *kinds))}]` in lab.yaml"
        raise UsageError(
            "this project reaches what is not its own:"
            + "".join(f"\n    {refusal.where} {refusal.what} ({refusal.kind})" for refusal in refused),
            where=str(folder),
            fix=f"change it, or allow it: {shlex.join(allowing) if adopting else said}",
        )


def _of_service(name: str, service: Service, folder: Path) -> Iterator[Refusal]:
    for kind, what in (*_of_isolation(service), *_of_powers(service), *_of_mounts(service, folder)):
        yield Refusal(kind=kind, where=name, what=what)


def _of_isolation(service: Service) -> Iterator[tuple[str, str]]:
    if service.get("privileged"):
        yield PRIVILEGED, "is privileged"
    if service.get("network_mode") == "host":
        yield HOST_NETWORK, "is in the host's network (network_mode: host)"
    for place in ("network_mode", "pid", "ipc"):
        if str(service.get(place, "")).startswith("container:"):
            yield OTHER_CONTAINERS, f"joins another container ({place}: {service[place]})"
    for other in service.get("external_links") or ():
        yield OTHER_CONTAINERS, f"is linked to the container {other}"
    for other in service.get("volumes_from") or ():
        if str(other).startswith("container:"):
            yield OTHER_CONTAINERS, f"mounts what {other} mounts"


def _of_powers(service: Service) -> Iterator[tuple[str, str]]:
    if HOST_GATEWAY in str(service.get("extra_hosts")):
        yield HOST_ACCESS, "reaches services of this host (extra_hosts: host-gateway)"
    for key in ("pid", "ipc", "uts", "userns_mode", "cgroup"):
        if service.get(key) == "host":
            yield HOST_ACCESS, f"shares the host's own ({key}: host)"
    if service.get("devices"):
        yield HOST_ACCESS, "uses devices of the host"
    if service.get("cgroup_parent"):
        yield HOST_ACCESS, f"is in a control group of the host ({service['cgroup_parent']})"
    for power in service.get("cap_add") or ():
        if str(power).upper().removeprefix("CAP_") in _STRONG:
            yield HOST_ACCESS, f"has the capability {power}"


def _of_mounts(service: Service, folder: Path) -> Iterator[tuple[str, str]]:
    for mount in service.get("volumes") or ():
        if mount["type"] != "bind":
            continue
        source = Path(mount["source"])
        if source.name == _SOCKET:
            yield DOCKER_SOCKET, f"mounts {source}"
        elif not mount.get("read_only") and not inside(source, folder):
            yield OUTSIDE_WRITES, f"may write to {source}"


def inside(path: Path, folder: Path) -> bool:
    """Whether a path, links followed, lies in a folder."""
    return path.resolve().is_relative_to(folder.resolve())

"""Pure: what the lab puts over somebody's own Compose project, so that nothing of theirs is touched.

Volumes become the lab's own, networks get the lab's subnets and no way out, only the entry is published, names that can
exist once are dropped, and limits give way to the budget. It is one override file with Compose's tags, to be read.
"""

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.deploy import override, refusals
from lab.deploy.yamltags import RESET, Replaced
from lab.errors import UsageError, meant
from lab.host import budget as budgets
from lab.model import Adopted, Budget, Stack

DEFAULT = "default"
NO_WAY_OUT = {"com.docker.network.bridge.enable_ip_masquerade": "false"}
"""Without masquerading nothing from outside can answer; ports that are published still work."""
NO_NAMES = ["127.0.0.1"]
"""A name server that is not there. The engine knows the names of a stack's own services; without this it asks for all
others outside, and where no answer can come an application waits 8 s for each."""
LAST_PORT = "LAB_PORT_LAST"
"""Where the entry has several containers: the last of their ports."""
COPY_PREFIX = "lab-copy"
MEMORY_FILE_SYSTEM = "tmpfs"
COMPLETED = "service_completed_successfully"
_MIB = 2**20

Config = Mapping[str, Any]
Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """What has to be put into a volume of the lab's before the stack starts."""

    service: str
    target: str
    """Where that service has it."""
    volume: str
    """What Compose calls the volume in this project."""
    folder: Path | None = None
    """A folder of the project that a container may write to."""
    theirs: str | None = None
    """A volume of theirs, which is only read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """The override, and what goes with it."""

    data: dict[str, Any]
    network: str
    """The network in which the entry is reached."""
    binds: tuple[Copy, ...] = ()
    """Folders of the project whose copies it gets."""
    copies: tuple[Copy, ...] = ()
    """Volumes of theirs whose copies it may get."""
    loose_jobs: tuple[str, ...] = ()
    """Jobs that no service waits for."""
    entries: int = 1
    """Containers of the entry, each of which is published on a port of its own."""

    def settings(self, port: int) -> dict[str, str]:
        """What the override reads beside what the lab decides for every stack that is published on a port."""
        return {LAST_PORT: str(port + self.entries - 1)} if self.entries > 1 else {}


def image(stack: Stack, service: str) -> str:
    """What the lab calls an image that it builds for an adopted stack: a name of theirs would be theirs to move."""
    return f"lab/own-{stack.project.removeprefix('lab-')}-{service}:current".lower()


def with_own_images(stack: Stack, config: Config) -> Config:
    """A merged project in which what is built has the lab's names."""
    services = {
        name: {**service, "image": image(stack, name)} if "build" in service else service
        for name, service in config["services"].items()
    }
    return {**config, "services": services}


def overlay(
    stack: Stack,
    adopted: Adopted,
    config: Config,
    *,
    budget: Budget,
    subnet: ipaddress.IPv4Network,
    labels: Labels,
) -> Overlay:
    """Everything that is put over a merged project. Raises UsageError for what is refused, or does not agree."""
    refusals.require_none(config, folder=adopted.folder, allow=adopted.allow)
    _require_agreement(stack, config)
    mounts = {name: list(_mounts(name, config, adopted)) for name in config["services"]}
    network = _entry_network(stack, config)
    memory = budgets.split_memory(budget.memory_mib, stack.memory)
    services = {
        name: _service(stack, name, service, budget=budget, memory_mib=memory.get(name, override.JOB_MEMORY_MIB))
        | _mounted(mounts[name])
        | ({"dns": Replaced(NO_NAMES)} if _is_shut_in(service, config, adopted) else {})
        | {"labels": dict(labels)}
        for name, service in config["services"].items()
    }
    copies = [copy for found in mounts.values() for _, copy in found if copy is not None]
    first = {copy.volume: copy for copy in copies[::-1]}.values()
    volumes: dict[str, Any] = {name: _volume(volume, labels) for name, volume in (config.get("volumes") or {}).items()}
    volumes |= {volume: {"labels": dict(labels)} for volume in _made(mounts) if volume not in volumes}
    return Overlay(
        data={
            "services": services,
            "networks": _networks(config, adopted, network, subnet=subnet, labels=labels),
            **({"volumes": volumes} if volumes else {}),
        },
        network=network,
        copies=tuple(copy for copy in copies if copy in first and copy.theirs is not None),
        entries=replicas(config["services"][stack.entry.service]),
        loose_jobs=tuple(job for job in stack.jobs if job not in awaited(config)),
        binds=tuple(copy for copy in copies if copy in first and copy.folder is not None),
    )


def _is_shut_in(service: Mapping[str, Any], config: Config, adopted: Adopted) -> bool:
    """Whether a service has networks, none of which leads out."""
    declared = config.get("networks") or {}
    leads_out = any((declared.get(name) or {}).get("external") for name in service.get("networks") or ())
    return not (adopted.egress or leads_out or service.get("network_mode"))


def _require_agreement(stack: Stack, config: Config) -> None:
    """Raise UsageError unless every service is a tier or a job, and the other way round."""
    described, there = {*stack.tiers, *stack.jobs}, set(config["services"])
    wrong = [f"there is no service {name!r}{meant(name, there - described)}" for name in sorted(described - there)]
    wrong += [f"the service {name!r} is neither a tier nor a job" for name in sorted(there - described)]
    if wrong:
        raise UsageError(
            f"the description of {stack.name} and its Compose files do not agree: {'; '.join(wrong)}",
            where=str(stack.path.parent),
            fix="change tiers, memory, jobs or profiles in lab.yaml, or let `lab adopt --force` write it anew",
        )


def awaited(config: Config) -> frozenset[str]:
    """Services for whose end another one waits before it starts."""
    return frozenset(
        name
        for service in config["services"].values()
        for name, how in (service.get("depends_on") or {}).items()
        if how.get("condition") == COMPLETED
    )


def replicas(service: Mapping[str, Any]) -> int:
    """How many containers a service has."""
    return int(service.get("scale") or (service.get("deploy") or {}).get("replicas") or 1)


def _service(stack: Stack, name: str, service: Mapping[str, Any], *, budget: Budget, memory_mib: int) -> dict[str, Any]:
    limits = ((service.get("deploy") or {}).get("resources") or {}).get("limits") or {}
    count = replicas(service)
    cpus = float(limits.get("cpus") or service.get("cpus") or 0)
    share = min([memory_mib // count, *_own_limit_mib(service, limits)])
    return {
        **({"image": image(stack, name)} if "build" in service else {}),
        **({"container_name": RESET} if "container_name" in service else {}),
        **({"deploy": Replaced({"replicas": count})} if "deploy" in service else {}),
        **({"pids_limit": limits["pids"]} if "pids" in limits else {}),
        **({"mem_reservation": RESET} if "mem_reservation" in service else {}),
        **({"networks": Replaced(_joined(service))} if service.get("networks") else {}),
        **({"cpus": min(cpus, len(budget.stack_cpus))} if cpus else {}),
        "cpuset": ",".join(map(str, budget.stack_cpus)),
        "mem_limit": f"{share}m",
        "memswap_limit": f"{share}m",
        "restart": "no",  # what dies must be seen
        **_published(stack, name, service),
    }


def _own_limit_mib(service: Mapping[str, Any], limits: Mapping[str, Any]) -> Iterator[int]:
    """The limit that the project sets itself, which stands if it is the smaller one; Compose gives it in bytes."""
    said = limits.get("memory") or service.get("mem_limit")
    if said:
        yield max(int(said) // _MIB, 1)


def _published(stack: Stack, name: str, service: Mapping[str, Any]) -> dict[str, Any]:
    """The entry's port on the loopback; what other services publish stays inside."""
    if name == stack.entry.service:
        last = f"-${{{LAST_PORT}}}" if replicas(service) > 1 else ""
        return {"ports": Replaced([f"127.0.0.1:${{LAB_PORT:-8080}}{last}:{stack.entry.port}"])}
    return {"ports": RESET} if service.get("ports") else {}


def _joined(service: Mapping[str, Any]) -> dict[str, Any]:
    """The networks of a service with the names that it has there, without fixed addresses."""
    return {
        network: {"aliases": list(said["aliases"])} if said and said.get("aliases") else {}
        for network, said in service["networks"].items()
    }


def _entry_network(stack: Stack, config: Config) -> str:
    """The network of the entry's through which it can be published."""
    joined = config["services"][stack.entry.service].get("networks") or {}
    declared = config.get("networks") or {}
    open_ones = [name for name in joined if not (declared.get(name) or {}).get("internal")]
    if not open_ones:
        raise UsageError(
            f"the entry {stack.entry.service} cannot be published: it is in no network that is open to this host",
            where=str(stack.path),
            fix="put it into a network that is not `internal`, or name another entry in lab.yaml",
        )
    return DEFAULT if DEFAULT in open_ones else open_ones[0]


def _networks(
    config: Config, adopted: Adopted, entry: str, *, subnet: ipaddress.IPv4Network, labels: Labels
) -> dict[str, Any]:
    """Each network of theirs with a part of the stack's subnet; external ones that are allowed stay as they are."""
    declared = {name: said or {} for name, said in (config.get("networks") or {}).items()}
    names = [entry, *(name for name, said in declared.items() if name != entry and not said.get("external"))]
    parts = subnet.subnets(prefixlen_diff=(len(names) - 1).bit_length())
    way_out = {} if adopted.egress else {"driver_opts": NO_WAY_OUT}
    return {
        name: Replaced(
            {
                "driver": "bridge",
                **way_out,
                **({"internal": True} if declared.get(name, {}).get("internal") else {}),
                "ipam": {"config": [{"subnet": str(part)}]},
                "labels": dict(labels),
            }
        )
        for name, part in zip(names, parts, strict=False)
        if not declared.get(name, {}).get("external")
    }


def _volume(volume: Mapping[str, Any] | None, labels: Labels) -> Replaced:
    """A volume of the lab's own in place of theirs, which may have a fixed name or be external."""
    options = (volume or {}).get("driver_opts") or {}
    in_memory = {"driver_opts": dict(options)} if options.get("type") == MEMORY_FILE_SYSTEM else {}
    return Replaced({**in_memory, "labels": dict(labels)})


def _mounted(mounts: list[tuple[dict[str, Any], Copy | None]]) -> dict[str, Any]:
    return {"volumes": Replaced([mount for mount, _ in mounts])} if mounts else {}


def _mounts(name: str, config: Config, adopted: Adopted) -> Iterator[tuple[dict[str, Any], Copy | None]]:
    """Each mount of a service as it becomes, and what has to be copied for it."""
    written = _written(config)
    for mount in config["services"][name].get("volumes") or ():
        if mount["type"] == "bind":
            yield _bind(name, mount, adopted, written=written)
        elif mount["type"] == "volume" and mount.get("source"):
            theirs = config["volumes"][mount["source"]]["name"]
            copy = Copy(service=name, target=mount["target"], volume=mount["source"], theirs=theirs)
            yield dict(mount), None if mount.get("read_only") else copy
        else:
            yield dict(mount), None


def _written(config: Config) -> frozenset[str]:
    """What is mounted from the host and some container may write to."""
    mounts = (mount for service in config["services"].values() for mount in service.get("volumes") or ())
    return frozenset(mount["source"] for mount in mounts if mount["type"] == "bind" and not mount.get("read_only"))


def _made(mounts: Mapping[str, list[tuple[dict[str, Any], Copy | None]]]) -> Iterator[str]:
    """The volumes that take the place of folders."""
    for mount, _ in (pair for found in mounts.values() for pair in found):
        if mount["type"] == "volume" and str(mount.get("source", "")).startswith(COPY_PREFIX):
            yield mount["source"]


def _bind(
    name: str, mount: Mapping[str, Any], adopted: Adopted, *, written: frozenset[str]
) -> tuple[dict[str, Any], Copy | None]:
    """A bind: files are read only, folders that may be written to become copies, so that theirs stay as they are."""
    source = Path(mount["source"])
    if not refusals.inside(source, adopted.folder):
        return dict(mount), None  # read only, or allowed
    kept = mount.get("read_only") and mount["source"] not in written and source.exists()
    if source.is_file() or kept:
        return {"type": "bind", "source": str(source), "target": mount["target"], "read_only": True}, None
    within = source.resolve().relative_to(adopted.folder.resolve())
    volume = "-".join([COPY_PREFIX, *("".join(c if c.isalnum() else "-" for c in part) for part in within.parts)])
    made = {"type": "volume", "source": volume, "target": mount["target"]}
    if mount.get("read_only"):
        return {**made, "read_only": True}, None
    return made, Copy(service=name, target=mount["target"], volume=volume, folder=source)

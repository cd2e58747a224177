"""Examining this host: each finding says how it is, and what to do where that is not good enough."""

import gzip
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lab.engine import base, bridge, probe
from lab.engine.address import require_local
from lab.engine.probe import GET_DOCKER, MINIMUM, Engine
from lab.errors import EngineUnavailable
from lab.host import kernelfiles, machine, power
from lab.model import Machine

ROOT = Path("/")
ENGINE_UP = f"lab engine up, or {GET_DOCKER}"

WISHED_CPUS = 4
WISHED_MEMORY_MIB = 4096
NEEDED_MEMORY_MIB = 1024
WISHED_NOFILE = 65_535
NEEDED_NOFILE = 4096
WISHED_PORTS = 10_000
WISHED_DISK_GIB = 10
NEEDED_DISK_GIB = 3
STEAL_WARNING = 0.02
STEAL_COLUMN = 7
STEADY_CLOCKS = ("tsc", "kvm-clock", "arch_sys_counter", "hyperv_clocksource_tsc_page")


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFinding:
    """One thing looked at: `ok`, `warn` (figures suffer) or `fail` (the lab cannot work)."""

    name: str
    status: Literal["ok", "warn", "fail"]
    detail: str
    fix: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """What the checks look at."""

    machine: Machine
    engine: Engine
    base_present: bool
    registry_complaint: str | None
    root: Path = ROOT


def look(root: Path = ROOT) -> Host:
    """Gather what the checks need; asks the engine and, through it, a registry."""
    engine = probe.inspect()
    return Host(
        machine=machine.probe(root),
        engine=engine,
        base_present=bool(engine.server) and base.present(),
        registry_complaint=base.registry_complaint() if engine.server else "no engine to ask",
        root=root,
    )


def examine(host: Host | None = None) -> tuple[HostFinding, ...]:
    """Return all findings, what is needed first."""
    seen = host or look()
    return tuple(check(seen) for check in CHECKS)


def _grade(name: str, value: float, detail: str, *, needed: float, wished: float, fix: str) -> HostFinding:
    """Grade a figure of which more is better."""
    if value < needed:
        return HostFinding(name=name, status="fail", detail=detail, fix=fix)
    if value < wished:
        return HostFinding(name=name, status="warn", detail=detail, fix=fix)
    return HostFinding(name=name, status="ok", detail=detail)


def _present(name: str, good: bool, detail: str, fix: str, *, bad: Literal["warn", "fail"]) -> HostFinding:
    return HostFinding(name=name, status="ok" if good else bad, detail=detail, fix=None if good else fix)


def _unknown(name: str) -> HostFinding:
    return HostFinding(name=name, status="warn", detail="unknown without an engine", fix=ENGINE_UP)


def _client(host: Host) -> HostFinding:
    version = host.engine.client
    return _present("client", bool(version), version or host.engine.complaint, ENGINE_UP, bad="fail")


def _engine(host: Host) -> HostFinding:
    engine = host.engine
    try:
        require_local()
    except EngineUnavailable as remote:
        return HostFinding(name="engine", status="fail", detail=f"{remote.what} ({remote.where})", fix=remote.fix)
    if engine.server:
        return HostFinding(name="engine", status="ok", detail=f"{engine.server}, {engine.storage_driver}")
    error = probe.unavailable(engine, fix=ENGINE_UP)
    return HostFinding(name="engine", status="fail", detail=engine.complaint, fix=error.fix)


def _plugin(part: str, version: str | None) -> HostFinding:
    wanted = ".".join(map(str, MINIMUM[part]))
    detail = f"{version or 'missing'} (needed: {wanted} or later)"
    return _present(part, probe.recent_enough(part, version), detail, ENGINE_UP, bad="fail")


def _compose(host: Host) -> HostFinding:
    return _plugin("compose", host.engine.compose)


def _buildx(host: Host) -> HostFinding:
    return _plugin("buildx", host.engine.buildx)


def _cpus(host: Host) -> HostFinding:
    cpus, cores = len(host.machine.cpus), len(host.machine.cores)
    detail = f"{cpus} logical on {cores} physical, {host.machine.cpu_model}"
    fix = f"a stack wants {WISHED_CPUS} and the load one more: with fewer, figures are labelled as scaled"
    return _grade("cpus", cpus, detail, needed=1, wished=WISHED_CPUS + 1, fix=fix)


def _pinning(host: Host) -> HostFinding:
    fix = "give the engine the cpuset controller of its control groups"
    if not host.engine.server:
        return _unknown("pinning")
    detail = "containers can be pinned to cores" if host.engine.cpuset else "no cpuset controller"
    return _present("pinning", host.engine.cpuset, detail, fix, bad="fail")


def _memory(host: Host) -> HostFinding:
    mib = host.machine.memory_mib
    fix = f"{WISHED_MEMORY_MIB} MiB for a stack and as much again for the rest make full figures possible"
    return _grade("memory", mib, f"{mib} MiB", needed=NEEDED_MEMORY_MIB, wished=2 * WISHED_MEMORY_MIB, fix=fix)


def _limits(host: Host) -> HostFinding:
    engine = host.engine
    if not engine.server:
        return _unknown("limits")
    limits = {"memory": engine.memory_limit, "swap": engine.swap_limit}
    can = [name for name, has in limits.items() if has]
    fix = "boot with cgroup_enable=memory swapaccount=1: without it a stack can use more than its share"
    detail = f"can limit {' and '.join(can) or 'nothing'}"
    return _present("limits", all(limits.values()), detail, fix, bad="warn")


def _cgroup(host: Host) -> HostFinding:
    return HostFinding(name="cgroup", status="ok", detail=f"version {host.machine.cgroup_version}")


def _nofile(host: Host) -> HostFinding:
    limit = host.machine.nofile_hard
    fix = f"raise the hard limit to {WISHED_NOFILE} (ulimit -Hn): with less, loads have fewer connections"
    return _grade("nofile", limit, f"hard limit {limit}", needed=NEEDED_NOFILE, wished=WISHED_NOFILE, fix=fix)


def _ports(host: Host) -> HostFinding:
    low, high = map(int, (kernelfiles.text(host.root / "proc/sys/net/ipv4/ip_local_port_range") or "0 0").split())
    fix = "sysctl net.ipv4.ip_local_port_range='1024 65535'"
    detail = f"{high - low + 1} from {low} to {high}"
    return _grade("ports", high - low + 1, detail, needed=0, wished=WISHED_PORTS, fix=fix)


def _bridge(host: Host) -> HostFinding:
    on = bridge.filtering(host.root / bridge.SWITCH.relative_to("/"))
    detail = {True: "on: packets between containers pass iptables", False: "off", None: "not in this kernel"}[on]
    fix = f"sysctl {bridge.NAME}=0 makes every request cheaper, if nothing else on this host relies on it"
    return _present("bridge filter", not on, detail, fix, bad="warn")


def _netem(host: Host) -> HostFinding:
    fix = "lessons that slow the network down need a kernel with sch_netem"
    has = _has_netem(host.root, host.machine.kernel)
    return _present("sch_netem", has, "in the kernel" if has else "not in this kernel", fix, bad="warn")


def _has_netem(root: Path, kernel: str) -> bool:
    """Look without loading: the module in use, built in, or on disk."""
    modules = root / "lib/modules" / kernel
    if (root / "sys/module/sch_netem").exists() or any(modules.glob("kernel/net/sched/sch_netem.ko*")):
        return True
    config = root / "proc/config.gz"
    if config.exists() and b"\nCONFIG_NET_SCH_NETEM=y" in gzip.decompress(config.read_bytes()):
        return True
    return "sch_netem" in kernelfiles.text(modules / "modules.builtin")


def _disk(host: Host) -> HostFinding:
    path = Path(host.engine.root_dir or "/")
    # An engine in a virtual machine of its own names a folder that is not here; ours then tells the most.
    where = path if path.exists() else Path.cwd()
    gib = shutil.disk_usage(where).free / (1 << 30)
    fix = "make room, or let `docker system prune` take what no container uses"
    detail = f"{gib:.0f} GiB free at {where}"
    return _grade("disk", gib, detail, needed=NEEDED_DISK_GIB, wished=WISHED_DISK_GIB, fix=fix)


def _base(host: Host) -> HostFinding:
    detail = base.BASE if host.base_present else f"{base.BASE} is missing"
    return _present("base image", host.base_present, detail, "lab engine up", bad="fail")


def _registry(host: Host) -> HostFinding:
    complaint = host.registry_complaint
    detail = "answers" if complaint is None else f"does not answer: {complaint.splitlines()[0]}"
    return HostFinding(name="registry", status="ok", detail=detail)


def _clock(host: Host) -> HostFinding:
    name = kernelfiles.text(host.root / "sys/devices/system/clocksource/clocksource0/current_clocksource").strip()
    fix = "a slow clock source costs CPU at every time stamp: choose tsc or the hypervisor's own"
    return _present("clock", name in STEADY_CLOCKS, name or "unknown", fix, bad="warn")


def _power(host: Host) -> HostFinding:
    found = power.unsteady(host.root)
    fix = "plug it in, and cpupower frequency-set -g performance: rounds at another frequency are not comparable"
    detail = "; ".join(found) or "neither battery nor frequency scaling found"
    return _present("power", not found, detail, fix, bad="warn")


def _steal(host: Host) -> HostFinding:
    share = steal_share(kernelfiles.text(host.root / "proc/stat"))
    fix = "other machines on this host take CPU from it: measure when it is quiet"
    return _present("steal", share < STEAL_WARNING, f"{share:.1%} since boot", fix, bad="warn")


def steal_share(stat: str) -> float:
    """Return the share of CPU time since boot that the hypervisor gave to others, from `/proc/stat`."""
    times = [int(field) for field in stat.partition("\n")[0].split()[1:9]]
    total = sum(times)
    return times[STEAL_COLUMN] / total if total and len(times) > STEAL_COLUMN else 0.0


CHECKS: tuple[Callable[[Host], HostFinding], ...] = (
    _client,
    _engine,
    _compose,
    _buildx,
    _base,
    _cpus,
    _pinning,
    _memory,
    _limits,
    _cgroup,
    _nofile,
    _disk,
    _ports,
    _bridge,
    _netem,
    _clock,
    _power,
    _steal,
    _registry,
)

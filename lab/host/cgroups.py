"""What the kernel counts for a container: its control group (v1 or v2), the threads in it, and its network.

Nothing here asks the engine, so a reading takes a millisecond. Whatever cannot be read is None: unknown is not 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.figures import known
from lab.host import kernelfiles
from lab.host.kernelfiles import PROC

GROUPS = Path("/sys/fs/cgroup")
_PLACES = ("docker/{}", "system.slice/docker-{}.scope")
"""Where engines put a container below the root of a hierarchy: by the cgroupfs driver, and by systemd's."""
_CONTROLLERS = ("cpuacct", "cpu", "memory")
_PRESSURES = ("cpu", "memory", "io")
_LOOPBACK = "lo"
_TICK_NS = 10_000_000
"""Of /proc/stat: a hundredth of a second on every architecture that Linux supports today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Counters since the container started."""

    cpu_ns: int | None = None
    user_ns: int | None = None
    system_ns: int | None = None
    throttled_ns: int | None = None
    peak_memory_bytes: int | None = None
    oom_kills: int | None = None
    received_bytes: int | None = None
    sent_bytes: int | None = None
    pressure_us: Mapping[str, int] | None = None
    switches: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    """Thread → how often it waited for something, and how often others took its core."""
    running_ns: Mapping[int, int] = field(default_factory=dict)
    """Thread → its CPU time."""


_ADDED = (
    "cpu_ns", "user_ns", "system_ns", "throttled_ns", "peak_memory_bytes", "oom_kills", "received_bytes", "sent_bytes",
)  # fmt: skip


def together(parts: Sequence[Counted]) -> Counted:
    """The counters of the containers of one service: sums, and unknown if one is. Their peaks may lie apart.

    Pressure is a share of time, which does not add up: of several containers it is unknown.
    """
    if len(parts) == 1:
        return parts[0]
    sums: dict[str, Any] = {name: _sum([getattr(part, name) for part in parts]) for name in _ADDED}
    return Counted(
        **sums,
        switches={thread: counts for part in parts for thread, counts in part.switches.items()},
        running_ns={thread: spent for part in parts for thread, spent in part.running_ns.items()},
    )


def _sum(counts: Sequence[int | None]) -> int | None:
    told = known.total(counts)
    return None if told is None else round(told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The folders of one container's control group, by controller; in v2 one folder for all of them."""

    folders: Mapping[str, Path]
    v2: bool
    proc: Path = PROC

    def read(self) -> Counted:
        """All of it, at this moment."""
        threads = [thread for process in self._processes() for thread in _threads(self.proc / process)]
        received, sent = self._network()
        return Counted(
            **(self._cpu_v2() if self.v2 else self._cpu_v1()),
            **(self._memory_v2() if self.v2 else self._memory_v1()),
            received_bytes=received,
            sent_bytes=sent,
            pressure_us=self._pressure() if self.v2 else None,
            switches=_switches(threads),
            running_ns=_running_ns(threads),
        )

    def cpu_ns(self) -> int | None:
        """CPU time of all its processes, alone."""
        if self.v2:
            return _thousand(_field(self.folders["cpu"] / "cpu.stat", "usage_usec"))
        return _number(self.folders.get("cpuacct", Path("-")) / "cpuacct.usage")

    def memory_bytes(self) -> int | None:
        """Memory in use, less the page cache that the kernel could drop: what `docker stats` shows."""
        used, stat, inactive = (
            ("memory.current", "memory.stat", "inactive_file")
            if self.v2
            else ("memory.usage_in_bytes", "memory.stat", "total_inactive_file")
        )
        folder = self.folders.get("memory", Path("-"))
        told, cached = _number(folder / used), _field(folder / stat, inactive)
        return None if told is None else max(told - (cached or 0), 0)

    def running_ns(self) -> dict[int, int]:
        """Thread → its CPU time, of those that are alive."""
        return _running_ns([thread for process in self._processes() for thread in _threads(self.proc / process)])

    def forget_peak(self) -> None:
        """Set the memory's peak back to what is in use now, where the kernel lets this user."""
        if not self.v2 and "memory" in self.folders:
            try:
                (self.folders["memory"] / "memory.max_usage_in_bytes").write_text("0")
            except OSError:
                return  # then it is the peak since the start

    def _processes(self) -> list[str]:
        for folder in self.folders.values():
            return kernelfiles.text(folder / "cgroup.procs").split()
        return []

    def _cpu_v1(self) -> dict[str, int | None]:
        account, cpu = (self.folders.get(name, Path("-")) for name in ("cpuacct", "cpu"))
        return {
            "cpu_ns": self.cpu_ns(),
            "user_ns": _number(account / "cpuacct.usage_user"),
            "system_ns": _number(account / "cpuacct.usage_sys"),
            "throttled_ns": _field(cpu / "cpu.stat", "throttled_time"),
        }

    def _cpu_v2(self) -> dict[str, int | None]:
        stat = self.folders["cpu"] / "cpu.stat"
        return {
            "cpu_ns": self.cpu_ns(),
            "user_ns": _thousand(_field(stat, "user_usec")),
            "system_ns": _thousand(_field(stat, "system_usec")),
            "throttled_ns": _thousand(_field(stat, "throttled_usec")),
        }

    def _memory_v1(self) -> dict[str, int | None]:
        folder = self.folders.get("memory", Path("-"))
        return {
            "peak_memory_bytes": _number(folder / "memory.max_usage_in_bytes"),
            "oom_kills": _field(folder / "memory.oom_control", "oom_kill"),
        }

    def _memory_v2(self) -> dict[str, int | None]:
        folder = self.folders["memory"]
        return {
            "peak_memory_bytes": _number(folder / "memory.peak"),
            "oom_kills": _field(folder / "memory.events", "oom_kill"),
        }

    def _pressure(self) -> dict[str, int] | None:
        found = {what: _stalled_us(self.folders["cpu"] / f"{what}.pressure") for what in _PRESSURES}
        told = {what: spent for what, spent in found.items() if spent is not None}
        return told or None

    def _network(self) -> tuple[int | None, int | None]:
        """Bytes received and sent by all interfaces but the loopback, of the first process: all share one network."""
        for process in self._processes()[:1]:
            lines = [
                line.replace(":", " ").split()
                for line in kernelfiles.text(self.proc / process / "net/dev").splitlines()[2:]
            ]
            outside = [line for line in lines if len(line) > 9 and line[0] != _LOOPBACK]  # noqa: PLR2004 - proc(5)
            if lines:
                return sum(int(line[1]) for line in outside), sum(int(line[9]) for line in outside)
        return None, None


def find(identity: str, *, groups: Path = GROUPS, proc: Path = PROC) -> Group | None:
    """The control group of a container by its id; None where it is nowhere that the lab knows of."""
    if (groups / "cgroup.controllers").exists():
        folder = _place(groups, identity)
        return None if folder is None else Group(folders=dict.fromkeys(_CONTROLLERS, folder), v2=True, proc=proc)
    found = {name: _place(groups / name, identity) for name in _CONTROLLERS}
    folders = {name: folder for name, folder in found.items() if folder is not None}
    return Group(folders=folders, v2=False, proc=proc) if folders else None


def _place(hierarchy: Path, identity: str) -> Path | None:
    candidates = (hierarchy / place.format(identity) for place in _PLACES)
    return next((folder for folder in candidates if folder.is_dir()), None)


def _threads(process: Path) -> list[Path]:
    try:
        return list((process / "task").iterdir())
    except OSError:
        return []


def _switches(threads: list[Path]) -> dict[int, tuple[int, int]]:
    found: dict[int, tuple[int, int]] = {}
    for thread in threads:
        waited, taken = (_field(thread / "status", f"{kind}_ctxt_switches:") for kind in ("voluntary", "nonvoluntary"))
        if waited is not None and taken is not None:
            found[int(thread.name)] = waited, taken
    return found


def _running_ns(threads: list[Path]) -> dict[int, int]:
    found = {int(thread.name): kernelfiles.text(thread / "schedstat").split()[:1] for thread in threads}
    return {thread: int(spent[0]) for thread, spent in found.items() if spent}


def busy_ns(cpus: Sequence[int], *, groups: Path = GROUPS, proc: Path = PROC) -> int | None:
    """The time that these cores have worked for processes, all of them together; None where it is not told.

    Control groups of v1 count it to the nanosecond. Elsewhere it is that of /proc/stat, in hundredths of a second.
    """
    exact = kernelfiles.text(groups / "cpuacct/cpuacct.usage_percpu").split()
    if exact and max(cpus) < len(exact):
        return sum(int(exact[cpu]) for cpu in cpus)
    lines = {words[0]: words[1:] for line in kernelfiles.text(proc / "stat").splitlines() if (words := line.split())}
    found = [lines.get(f"cpu{cpu}") for cpu in cpus]
    if not all(found):
        return None
    return sum(int(ticks) for fields in found if fields for ticks in (*fields[:3], *fields[5:7])) * _TICK_NS


def _stalled_us(path: Path) -> int | None:
    """`some … total=12` of a pressure file: for how long at least one thread waited."""
    for line in kernelfiles.text(path).splitlines():
        if line.startswith("some "):
            return _whole(line.rpartition("total=")[2])
    return None


def _field(path: Path, name: str) -> int | None:
    """The number behind a word at the start of a line."""
    for line in kernelfiles.text(path).splitlines():
        word, _, value = line.partition(" ") if " " in line else line.partition("\t")
        if word.strip() == name:
            return _whole(value)
    return None


def _number(path: Path) -> int | None:
    return _whole(kernelfiles.text(path))


def _whole(text: str) -> int | None:
    return int(text) if text.strip().isdigit() else None


def _thousand(value: int | None) -> int | None:
    return None if value is None else value * 1000

"""Which process a pid file means: a number alone may belong to a dead, or to somebody else's, process."""

from dataclasses import dataclass
from pathlib import Path

from lab.host.kernelfiles import PROC

DEAD_STATES = "ZX"


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A living process; `started` in clock ticks since boot tells it from a later one of the same number."""

    pid: int
    name: str
    started: int


def find(pid: int, proc: Path = PROC) -> Process | None:
    """Return the living process of that number; None for one that is gone or a zombie."""
    try:
        stat = (proc / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    # The name stands in parentheses and may itself hold spaces and parentheses.
    head, _, rest = stat.rpartition(")")
    fields = rest.split()
    if fields[0] in DEAD_STATES:
        return None
    return Process(pid=pid, name=head.partition("(")[2], started=int(fields[19]))


def named_in(pidfile: Path, name: str, proc: Path = PROC) -> Process | None:
    """Return the living process called `name` whose number stands in `pidfile`."""
    try:
        text = pidfile.read_text().strip()
    except OSError:
        return None
    process = find(int(text), proc) if text.isdigit() else None
    return process if process and process.name == name else None

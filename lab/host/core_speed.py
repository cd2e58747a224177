"""How fast some cores are just now, as a process pinned to them finds it out all the time: `fixed_work.py`.

The same work takes up to twice the CPU *time* where a neighbour of the virtual machine uses the rest of the physical
core, and no counter of this machine shows it.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.host.fixed_work import SHARE
from lab.model import CoreSpeed

PROGRAM = Path(__file__).with_name("fixed_work.py")
PIECES = ("calls", "memory", "objects")
"""Those whose times added up make a reading; docs/decisions/0030 shows how they follow a server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkDone:
    """Once the fixed work, on one core."""

    at_s: float
    """Of the monotonic clock."""
    cpu: int
    used_s: float
    """CPU seconds of the program so far, its start included."""
    pieces_s: tuple[float, ...]
    """CPU seconds of each piece."""

    @property
    def speed(self) -> float:
        """So often could the work be done in a second of CPU time."""
        return 1 / sum(self.pieces_s)


class Watch:
    """Keeps every reading of one process that does the fixed work."""

    def __init__(self) -> None:
        self._readings: list[WorkDone] = []

    def keep(self, lines: Iterable[str]) -> None:
        """Take what the program prints; a line that was cut off is the end."""
        for line in lines:
            reading = _reading(line)
            if reading is not None:
                self._readings.append(reading)

    def readings(self, start_s: float, end_s: float) -> list[WorkDone]:
        """Those that were finished between two moments of the monotonic clock."""
        return [reading for reading in self._readings if start_s <= reading.at_s <= end_s]

    def between(self, start_s: float, end_s: float) -> CoreSpeed:
        """The speeds of that time; none where nothing was timed in it."""
        return CoreSpeed(readings=tuple(round(one.speed, 3) for one in self.readings(start_s, end_s)))

    def all(self) -> CoreSpeed:
        """The speeds of all the time so far."""
        return CoreSpeed(readings=tuple(one.speed for one in list(self._readings)))

    @property
    def share(self) -> float | None:
        """Of one core, what the program used, its start left out; None before its second reading."""
        known = list(self._readings)
        if len(known) < 2:  # noqa: PLR2004 - a time has two ends
            return None
        return (known[-1].used_s - known[0].used_s) / (known[-1].at_s - known[0].at_s)


def _reading(line: str) -> WorkDone | None:
    try:
        at_s, cpu, used_ns, *pieces = line.split()
        return WorkDone(
            at_s=float(at_s),
            cpu=int(cpu),
            used_s=int(used_ns) / 1e9,
            pieces_s=tuple(int(spent) / 1e9 for spent in pieces),
        )
    except ValueError:
        return None


@contextmanager
def watching(cpus: Sequence[int], *, pieces: Sequence[str] = PIECES, share: float = SHARE) -> Iterator[Watch]:
    """Time fixed work on these cores for the length of the block, with at most this `share` of one of them.

    Nothing is timed where the system cannot pin it.
    """
    watch = Watch()
    if not hasattr(os, "sched_setaffinity"):
        yield watch
        return
    with subprocess.Popen(
        [sys.executable, "-I", "-S", str(PROGRAM), ",".join(map(str, cpus)), str(share), *pieces],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,  # Ctrl-C is the lab's to answer
    ) as process:
        lines = process.stdout or ()
        thread = threading.Thread(target=watch.keep, args=(lines,), name="core speed", daemon=True)
        thread.start()
        try:
            yield watch
        finally:
            process.kill()
            thread.join()

"""The load of a break: an open loop in slices, since nobody knows beforehand how long a recovery takes.

A slice begins when the schedule of the one before is over, whether or not that one's answers have come.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lab.errors import LabError
from lab.faults import seen
from lab.faults.mix import Mix
from lab.load import pace, protocol
from lab.load.pace import Ended, Target
from lab.measure.rig import Rig

SLICE_S = 4.0
TIMEOUT_S = 10.0
"""Of a request: what takes longer has failed for whoever waits."""
BEGINS_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Slice:
    """One that is over: when its schedule began and ended, and what became of its requests."""

    begin_s: float
    end_s: float
    ended: list[Ended]


class Offering:
    """Users who ask until it is enough. All times are seconds since the first of them could."""

    def __init__(self, rig: Rig, mix: Mix, *, rate: float, seed: int) -> None:
        self._rig = rig
        self._mix = mix
        self._rate = rate
        self._seed = seed
        self._zero: float | None = None
        self._begun = threading.Event()
        self._enough = threading.Event()
        self._failure: LabError | None = None
        self._slices: dict[int, _Slice] = {}
        self._threads: list[threading.Thread] = []

    @contextmanager
    def at_work(self, *, first_s: float) -> Iterator[None]:
        """Offer for `first_s`, and then on for as long as the block takes; the last answers are waited for.

        Where the block ends in an exception, nobody waits for them. Raises LabError if the load fails.
        """
        self._launch(0, first_s)
        try:
            if not self._begun.wait(BEGINS_WITHIN_S):
                raise LabError("the load did not begin", where=f"within {BEGINS_WITHIN_S:.0f} s")
            self.require_well()
            yield
        finally:
            self._enough.set()
        for thread in self._threads:  # one that ends may just have added another
            thread.join()
        self.require_well()

    def now_s(self) -> float:
        """The time on this clock."""
        return time.monotonic() - (self._zero or time.monotonic())

    def require_well(self) -> None:
        """Raise the LabError that a slice ended with, if one has."""
        if self._failure is not None:
            raise self._failure

    @property
    def ended(self) -> list[Ended]:
        """What became of all requests of the slices that are over, in their order."""
        return [ended for number in sorted(self._slices) for ended in self._slices[number].ended]

    @property
    def covered_s(self) -> float:
        """Until when all that was due is known."""
        known_s = 0.0
        for number in range(len(self._slices)):
            if number not in self._slices:
                break
            known_s = self._slices[number].end_s
        return known_s

    def _launch(self, number: int, length_s: float) -> None:
        thread = threading.Thread(target=self._offer, args=(number, length_s), name=f"slice {number}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _offer(self, number: int, length_s: float) -> None:
        marks: dict[str, float] = {}

        def hear(line: str) -> None:
            if line not in protocol.MARKS:
                return
            if self._zero is None:
                self._zero = time.monotonic()
            marks[line] = self.now_s()
            self._begun.set()
            if line == protocol.LOAD_OVER and not self._enough.is_set():
                self._launch(number + 1, SLICE_S)

        try:
            output = self._rig.offer(self._command(number, length_s), on_line=hear)
            ended, begin_s = _whole(output), marks[protocol.RAMP_OVER]
        except LabError as error:
            self._failure = error
            self._begun.set()
            return
        self._slices[number] = _Slice(
            begin_s=begin_s, end_s=begin_s + length_s, ended=seen.shifted(ended, by_s=begin_s)
        )

    def _command(self, number: int, length_s: float) -> protocol.Command:
        more = ("--each", "--again", "--seed", str(self._seed + number), "--timeout", f"{TIMEOUT_S:g}s")
        target = Target(url=self._rig.url, workload=self._mix.workload, answers=())
        return pace.command([target], rate=self._rate, ramp_s=0, counted_s=length_s, arrivals="poisson", more=more)


def _whole(output: str) -> list[Ended]:
    """What became of each request. Raises LabError if it is not told of all that pace has counted."""
    ended, (reports, _) = pace.each(output), pace.parse(output)
    offered = sum(report.offered for report in reports)
    if len(ended) != offered:
        raise LabError(f"the load container tells of {len(ended)} of {offered} requests", where=output[-300:])
    return ended

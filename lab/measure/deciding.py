"""Two stacks side by side, turn after turn, until it is decided which is faster, or the time is up."""

from collections.abc import Sequence
from typing import Protocol

from lab.figures import sequential
from lab.journal import Journal
from lab.measure.ahead import most_again
from lab.measure.duet import RAMP_S
from lab.model import Cell, DuetSample

TURN_S = 10.0
"""Of one turn; between two of them the sides change."""


class Play(Protocol):
    """Plays a turn, which may be set aside if it `may_be_void`."""

    def __call__(self, number: int, *, may_be_void: bool) -> None: ...


def is_open(journal: Journal, cell: Cell) -> bool:
    """Whether another turn of a row is wanted, and its time is left."""
    played, run = _played(journal, cell), journal.run
    if run.until is None or (len(played) + 1) * (TURN_S + RAMP_S) > run.within_s:
        return False
    slices = sequential.pairs(_counted(played))
    return not slices or sequential.decided(sequential.ratio(slices), until=run.until) is None


def until_decided(journal: Journal, cell: Cell, *, play: Play) -> None:
    """Play one turn after the other while it is open; a turn that cannot be had ends it.

    A turn that was set aside is played anew, and its time has gone by. Of all turns so far a share may be: where others
    are never quiet, turns count, and are marked.
    """
    while is_open(journal, cell):
        played = _played(journal, cell)
        counted = len(_counted(played))
        play(counted, may_be_void=len(played) - counted < most_again(len(played)))
        if len(_played(journal, cell)) == len(played):
            return


def _played(journal: Journal, cell: Cell) -> Sequence[DuetSample]:
    return [turn for turn in journal.folder.duets() if turn.cell == cell.key]


def _counted(turns: Sequence[DuetSample]) -> Sequence[DuetSample]:
    return [turn for turn in turns if not turn.set_aside]

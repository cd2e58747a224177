"""Two stacks side by side, turn after turn, until it is decided which is faster, or the time is up."""

from collections.abc import Callable, Sequence

from lab.figures import sequential
from lab.measure.duet import RAMP_S
from lab.model import Cell, DuetSample
from lab.store import Journal

TURN_S = 10.0
"""Of one turn; between two of them the sides change."""


def is_open(journal: Journal, cell: Cell) -> bool:
    """Whether another turn of a row is wanted, and its time is left."""
    turns, run = _turns(journal, cell), journal.run
    if run.until is None or (len(turns) + 1) * (TURN_S + RAMP_S) > run.within_s:
        return False
    slices = sequential.pairs(turns)
    return not slices or sequential.decided(sequential.ratio(slices), until=run.until) is None


def until_decided(journal: Journal, cell: Cell, *, play: Callable[[int], None]) -> None:
    """Play one turn after the other while it is open; a turn that cannot be had ends it."""
    while is_open(journal, cell):
        number = len(_turns(journal, cell))
        play(number)
        if len(_turns(journal, cell)) == number:
            return


def _turns(journal: Journal, cell: Cell) -> Sequence[DuetSample]:
    return [turn for turn in journal.folder.duets() if turn.cell == cell.key]

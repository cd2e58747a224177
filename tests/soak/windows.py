"""What duets of a minute would have said: windows cut from recordings that are long, and begun anew several times."""

from collections.abc import Iterator, Sequence
from random import Random

from lab.figures import paired
from lab.model import DuetSample, DuetSlice, Estimate

BLOCK_S = 60.0


def ratio(slices: Sequence[DuetSlice]) -> Estimate:
    """CPU of a row ÷ that of its reference with its interval, as a report has it."""
    return paired.ratio([(one.total, one.reference_total) for one in slices])


def cut(turns: Sequence[DuetSample], *, seconds: float) -> Iterator[list[DuetSlice]]:
    """Windows that share no slice: of each turn as long a piece as it would have in a duet of `seconds`."""
    pieces = [_pieces(turn, seconds=seconds / len(turns)) for turn in turns]
    for window in zip(*pieces, strict=False):
        yield [one for piece in window for one in piece]


def drawn(turns: Sequence[DuetSample], *, seconds: float, count: int, random: Random) -> Iterator[list[DuetSlice]]:
    """So many windows, drawn with repetition from blocks of `BLOCK_S`, each from anywhere in any turn."""
    for _ in range(count):
        window: list[DuetSlice] = []
        for _ in range(round(seconds / BLOCK_S)):
            turn = random.choice(turns)
            length = _length(turn, seconds=BLOCK_S)
            begin = random.randrange(len(turn.slices) - length + 1)
            window += turn.slices[begin : begin + length]
        yield window


def _pieces(turn: DuetSample, *, seconds: float) -> Iterator[Sequence[DuetSlice]]:
    length = _length(turn, seconds=seconds)
    for begin in range(0, len(turn.slices) - length + 1, length):
        yield turn.slices[begin : begin + length]


def _length(turn: DuetSample, *, seconds: float) -> int:
    """Slices of a turn that take so long."""
    whole_s = sum(one.seconds for one in turn.slices)
    return min(max(round(seconds / whole_s * len(turn.slices)), 1), len(turn.slices))

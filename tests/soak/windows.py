"""What duets of a minute would have said: windows cut from recordings that are long, and begun anew several times."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from lab.figures import paired, sequential
from lab.model import DuetSample, Estimate

BLOCK_S = 60.0


def ratio(turns: Sequence[DuetSample]) -> Estimate:
    """CPU of a row ÷ that of its reference with its interval, as a report has it."""
    return paired.ratio(sequential.pairs(turns), starts=paired.STARTS)


def cut(turns: Sequence[DuetSample], *, seconds: float) -> Iterator[list[DuetSample]]:
    """Windows that share no slice: of each turn as long a piece as it would have in a duet of `seconds`."""
    pieces = [_pieces(turn, seconds=seconds / len(turns)) for turn in turns]
    for window in zip(*pieces, strict=False):
        yield [*window]


def drawn(turns: Sequence[DuetSample], *, seconds: float, count: int, random: Random) -> Iterator[list[DuetSample]]:
    """So many windows, drawn with repetition from blocks of `BLOCK_S`, each from anywhere in any turn."""
    for _ in range(count):
        yield [_block(random.choice(turns), random) for _ in range(round(seconds / BLOCK_S))]


def _pieces(turn: DuetSample, *, seconds: float) -> Iterator[DuetSample]:
    length = _length(turn, seconds=seconds)
    for begin in range(0, len(turn.slices) - length + 1, length):
        yield _piece(turn, begin, length)


def _block(turn: DuetSample, random: Random) -> DuetSample:
    length = _length(turn, seconds=BLOCK_S)
    return _piece(turn, random.randrange(len(turn.slices) - length + 1), length)


def _piece(turn: DuetSample, begin: int, length: int) -> DuetSample:
    return replace(turn, slices=turn.slices[begin : begin + length])


def _length(turn: DuetSample, *, seconds: float) -> int:
    """Slices of a turn that take so long."""
    whole_s = sum(one.seconds for one in turn.slices)
    return min(max(round(seconds / whole_s * len(turn.slices)), 1), len(turn.slices))

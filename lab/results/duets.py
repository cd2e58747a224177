"""Turns of a duet → what a request of a row costs beside one of its reference."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from lab.figures import paired, speed
from lab.figures.numbers import errors_text
from lab.model import Cell, Duet, DuetSample, DuetSlice

MISSING_SHARE = 0.01
"""Of the requests of both, not answered rightly: what is left then is no longer the same work on both sides."""


def summarise(samples: Sequence[DuetSample], cells: Mapping[str, Cell]) -> dict[str, Duet]:
    """Cell → its duet, of the cells that have one."""
    by_cell: dict[str, list[DuetSample]] = {}
    for sample in samples:
        by_cell.setdefault(sample.cell, []).append(sample)
    return {cell: duet for cell, turns in by_cell.items() if (duet := _duet(turns, cells)) is not None}


def _duet(turns: Sequence[DuetSample], cells: Mapping[str, Cell]) -> Duet | None:
    slices = [one for turn in turns for one in turn.slices if one.total > 0 and one.reference_total > 0]
    if not slices or turns[0].reference not in cells:
        return None
    rate = turns[0].rate
    reasons = tuple(_reasons(turns))
    return Duet(
        reference=cells[turns[0].reference].row,
        rate=rate,
        slices=len(slices),
        cpu_ratio=paired.ratio([(one.total, one.reference_total) for one in slices]),
        cpu_us_per_request=_us(slices, rate, lambda one: one.total),
        reference_cpu_us_per_request=_us(slices, rate, lambda one: one.reference_total),
        valid=not reasons,
        invalid_reasons=reasons,
        core_speed=speed.pooled(turn.core_speed for turn in turns),
    )


def _us(slices: Sequence[DuetSlice], rate: float, cpu: Callable[[DuetSlice], float]) -> float:
    """CPU of one request, over all slices together."""
    seconds = sum(one.seconds for one in slices)
    return sum(cpu(one) * one.seconds for one in slices) / seconds / rate * 1e6


def _reasons(turns: Sequence[DuetSample]) -> Iterator[str]:
    if len({turn.rate for turn in turns}) > 1:
        yield "its turns were offered at different rates"
    requests, missing = 2 * sum(turn.requests for turn in turns), sum(turn.missing for turn in turns)
    if missing > MISSING_SHARE * requests:
        kinds = "; ".join(dict.fromkeys(errors_text(turn.errors) for turn in turns))
        yield f"{missing} of {requests} requests of both stacks were not answered rightly ({kinds})"

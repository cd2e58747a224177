"""Turns of a duet → what a request of a row costs beside one of its reference."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from lab.figures import contamination, pacing, paired, sequential, speed, stats
from lab.figures.numbers import errors_text, number_text
from lab.model import Cell, Duet, DuetSample, DuetSlice
from lab.results import disturbance
from lab.results.disturbance import FOREIGN_SHARE

MISSING_SHARE = 0.01
"""Of the requests of both, not answered rightly: what is left then is no longer the same work on both sides."""
MOST_SAID = 1.0
"""Twice as much: an interval that reaches further says nothing, and *no difference larger than* would mislead."""


def summarise(
    samples: Sequence[DuetSample], cells: Mapping[str, Cell], *, until: float | None = None
) -> dict[str, Duet]:
    """Cell → its duet, of the cells that have one; `until` is the difference that was to be decided, as a share."""
    by_cell = _by_cell(sample for sample in samples if not sample.set_aside)
    among = Counter(cells[cell].table for cell in by_cell if cell in cells)
    found = {cell: _duet(turns, cells) for cell, turns in by_cell.items()}
    return {
        cell: _decided(duet, by_cell[cell], among=among[cells[cell].table], until=until)
        for cell, duet in found.items()
        if duet is not None
    }


def notes(samples: Sequence[DuetSample], duets: Mapping[str, Duet]) -> dict[str, list[str]]:
    """Cell → what a careful reader should know of its duet, and why it may not be believed, if so."""
    by_cell = _by_cell(samples)
    return {cell: [*_notes(by_cell[cell], duet)] for cell, duet in duets.items()}


def _notes(turns: Sequence[DuetSample], duet: Duet) -> Iterator[str]:
    beside = f"side by side with {duet.reference} at {number_text(duet.rate)}/s"
    for reason in duet.invalid_reasons:
        yield f"not valid {beside}: {reason}"
    if why := contamination.words([turn.foreign for turn in turns if not turn.set_aside], up_to=FOREIGN_SHARE):
        yield f"{beside}: {why}"
    if again := disturbance.again(turns, what="turn"):
        yield f"{beside}: {again}"


def _by_cell(samples: Iterable[DuetSample]) -> dict[str, list[DuetSample]]:
    found: dict[str, list[DuetSample]] = {}
    for sample in samples:
        found.setdefault(sample.cell, []).append(sample)
    return found


def _decided(duet: Duet, turns: Sequence[DuetSample], *, among: int, until: float | None) -> Duet:
    """The same with what may be said of it: in at most 5% of tables is one of `among` pairs told apart by luck."""
    pairs = sequential.pairs(turns)
    if until is not None:
        sure = sequential.ratio(pairs)
        decision, duet = sequential.decided(sure, until=until), replace(duet, cpu_ratio=sure)
    else:
        sure = paired.ratio(pairs, confidence=1 - (1 - stats.CONFIDENCE) / among, starts=paired.STARTS)
        decision = sequential.decided(sure, until=MOST_SAID)
    known = sure.low is not None
    most = sequential.difference_at_most(sure) if known else None
    return replace(duet, decision=decision, difference_at_most=most, until=until)


def _duet(turns: Sequence[DuetSample], cells: Mapping[str, Cell]) -> Duet | None:
    slices = sequential.measured(turns)
    if not slices or turns[0].reference not in cells:
        return None
    rate = turns[0].rate
    reasons = tuple(_reasons(turns, cells))
    return Duet(
        reference=cells[turns[0].reference].row,
        rate=rate,
        slices=len(slices),
        cpu_ratio=paired.ratio(sequential.pairs(turns), starts=paired.STARTS),
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


def _reasons(turns: Sequence[DuetSample], cells: Mapping[str, Cell]) -> Iterator[str]:
    if unequal := pacing.unequal(cells[turns[0].cell], cells[turns[0].reference]):
        yield f"{unequal}: that is not the same work"
    if len({turn.rate for turn in turns}) > 1:
        yield "its turns were offered at different rates"
    if why := contamination.words([turn.foreign for turn in turns], above=FOREIGN_SHARE):
        yield why
    requests, missing = 2 * sum(turn.requests for turn in turns), sum(turn.missing for turn in turns)
    if missing > MISSING_SHARE * requests:
        kinds = "; ".join(dict.fromkeys(errors_text(turn.errors) for turn in turns))
        yield f"{missing} of {requests} requests of both stacks were not answered rightly ({kinds})"

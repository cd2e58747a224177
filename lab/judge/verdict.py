"""What becomes of a published row: one verdict, with a reason made from its figures.

The order of the questions matters. Was anything valid measured? Can the row be true as printed? Was it asked what
its source asked? Does a sleep limit it, which is the same on any machine, or the CPU, which is not?
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from lab.judge import cpu, factor, little, waiting
from lab.judge.figures import Subject
from lab.judge.little import Contradiction
from lab.judge.scale import Scaled, scaled, with_floors
from lab.load import kind
from lab.model import Factor, Published, Verdict


def verdicts(subjects: Sequence[Subject]) -> tuple[tuple[Verdict | None, ...], Factor | None]:
    """One for each row of a table (and set of pins) that has published figures, None for the others; and its factor."""
    cpu_bound = [row for subject in subjects if (row := _cpu_bound(subject))]
    rows = {row.row: row for row in with_floors(cpu_bound)}
    found = factor.fit(tuple(rows.values()))
    judged = tuple(
        _verdict(subject, subject.cell.published, rows, found) if subject.cell.published else None
        for subject in subjects
    )
    return judged, found


def _cpu_bound(subject: Subject) -> Scaled | None:
    """The row per core, if it was measured and it is the CPU that limits it."""
    figure = subject.figure
    if figure is None or _unusable(subject) or waiting.concerns(subject, figure) or cpu.fewer_at_once(subject, figure):
        return None
    return scaled(subject, figure)


def _verdict(subject: Subject, published: Published, rows: Mapping[str, Scaled], machine: Factor | None) -> Verdict:
    found, unusable = contradictions(subject, published), _unusable(subject)
    impossible = "; ".join(one.said for one in found)
    if unusable and found:
        return Verdict(name="not comparable here", reason=f"{unusable}; besides, {little.name_of(found)}: {impossible}")
    if unusable:
        return Verdict(name="not comparable here", reason=unusable)
    compared = _compared(subject, rows, machine)
    beside = little.aside(published, load=subject.cell.load, source=subject.source)
    compared = replace(compared, reason="; besides, ".join([compared.reason, *beside]))
    if found:
        reason = f"{impossible}; {_fate(subject, compared)}: {compared.reason}"
        return Verdict(name=little.name_of(found), reason=reason)
    return compared


def _fate(subject: Subject, compared: Verdict) -> str:
    """What became of the figure that is compared: a wrong mean does not make the rate beside it wrong."""
    what = cpu.WHAT_IT_IS[subject.figure.kind] if subject.figure else "figure"
    if compared.name == "same order":
        return f"the {what} itself is in the same order"
    if compared.name == "differs":
        return f"the {what} itself is not reproduced"
    return f"the {what} itself is {compared.name}"


def contradictions(subject: Subject, published: Published) -> tuple[Contradiction, ...]:
    """What in the printed figures cannot be."""
    cell = subject.cell
    slots = cell.slots if cell.at_once is None else None  # the lab's own lock says nothing of the source's
    return little.contradictions(published, load=cell.load, source=subject.source, delay_s=cell.delay_s, slots=slots)


def _compared(subject: Subject, rows: Mapping[str, Scaled], machine: Factor | None) -> Verdict:
    """A row that may be used, by its wait or by its CPU."""
    if row := rows.get(subject.cell.row):
        return cpu.judge(row, tuple(rows.values()), machine)
    if subject.figure is None:
        message = "a row without a figure is unusable"
        raise ValueError(message)
    if not waiting.concerns(subject, subject.figure):
        return cpu.scaled_away(subject, subject.figure)
    return waiting.judge(subject, subject.figure)


def _unusable(subject: Subject) -> str | None:
    """Why a row cannot be compared at all."""
    result, workload = subject.result, subject.cell.workload
    if not result.valid:
        return f"nothing valid was measured: {'; '.join(result.invalid_reasons)}"
    if workload != subject.source.workload:
        return f"this run asked for {workload}, its source for {subject.source.workload}"
    if subject.figure is None:
        return _no_figure(subject)
    if not subject.figure.measured.value:
        return "nothing was answered while it was measured"
    return subject.floor_only


def _no_figure(subject: Subject) -> str:
    result = subject.result
    if not result.rounds:
        return "it has no sample"
    if result.published and result.published.requests_per_second == 0:
        return little.nothing(result.published, load=result.load, source=subject.source)
    if kind(result.load).SCORE == "tail":
        return "the rate of an open loop is what was asked for, and the source printed no mean"
    return "the source printed neither rate nor mean nor wall clock"

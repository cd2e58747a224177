"""CPU-bound rows depend on the processor. What can be compared of them is their order, per core and against a floor."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lab import load
from lab.figures import compare
from lab.figures.compare import Measured
from lab.figures.numbers import time_text
from lab.judge.figures import JudgedFigure, Kind, Subject
from lab.model import Estimate

TIE = 0.05
"""Figures nearer to each other than this have no order: it is the accuracy that the lab claims for any figure."""
SAME_WAIT = 0.05
"""Connections ÷ rate of two rows that agree this well is a wait, not a cost in CPU."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaled:
    """A CPU-bound row with its figures per core, as published and as measured."""

    subject: Subject
    figure: JudgedFigure
    published: float
    measured: Estimate
    floor: "Scaled | None" = None
    """Whose figure stands for the speed of the machine; None until one is chosen."""
    named: bool = False
    """Whether the table says which row that is."""

    @property
    def row(self) -> str:
        """The row's name in its table."""
        return self.subject.cell.row

    @property
    def compared(self) -> Measured:
        """The measured figure per core for comparing it with others; by a floor that all share it divides out."""
        return Measured(estimate=self.measured, rounds=len(self.figure.rounds))

    @property
    def published_ratio(self) -> float:
        """Against the floor, as published."""
        return self.published / (self.floor or self).published

    @property
    def measured_ratio(self) -> float:
        """Against the floor, as measured."""
        return self.measured.value / (self.floor or self).measured.value


def scaled(subject: Subject, figure: JudgedFigure) -> Scaled:
    """A row's figures per core. Only rates divide: one request does not become faster on more cores."""
    wished, had = subject.at_once(subject.budget.wished_cpus), subject.at_once(subject.cores)
    if not figure.rises:
        wished = had = 1
    measured = figure.measured
    low, high = measured.low, measured.high
    return Scaled(
        subject=subject,
        figure=figure,
        published=figure.published / wished,
        measured=Estimate(
            value=measured.value / had,
            low=low / had if low is not None else None,
            high=high / had if high is not None else None,
        ),
    )


def with_floors(rows: Sequence[Scaled]) -> tuple[Scaled, ...]:
    """Each row with its floor: the one that its table names, else the row with the cheapest request."""
    by_name = {(row.row, row.figure.kind): row for row in rows}
    floors = {row.subject.cell.floor for row in rows}

    def floored(row: Scaled) -> Scaled:
        name = row.subject.cell.floor or (row.row if row.row in floors else "")
        named = by_name.get((name, row.figure.kind))
        return replace(row, floor=named or _cheapest(row, rows), named=named is not None)

    return tuple(floored(row) for row in rows)


def _cheapest(row: Scaled, rows: Sequence[Scaled]) -> Scaled:
    alike = [other for other in rows if other.figure.kind == row.figure.kind]
    return min(alike, key=_cost)


def _cost(row: Scaled) -> float:
    cost = row.subject.result.cpu_us_per_request.get("total")
    return cost.value if cost else math.inf


def peers(row: Scaled, rows: Sequence[Scaled]) -> tuple[Scaled, ...]:
    """The rows whose order against this one means something: the same kind of figure, against the same floor.

    Ratios to two floors are two scales: a server's fourth request against another's second says nothing of either.
    """
    return tuple(other for other in rows if other.row != row.row and _scale_of(other) == _scale_of(row))


def _scale_of(row: Scaled) -> tuple[Kind, bool, str]:
    return row.figure.kind, row.named, (row.floor or row).row


def swapped(row: Scaled, others: Sequence[Scaled]) -> tuple[Scaled, ...]:
    """Those measured the other way round, so clearly that neither a tie nor luck explains it."""
    return tuple(other for other in _told_from(row, others) if _as_published(row, other) is False)


def kept(row: Scaled, others: Sequence[Scaled]) -> tuple[Scaled, ...]:
    """Those measured the same way round beyond doubt."""
    return tuple(other for other in _told_from(row, others) if _as_published(row, other) is True)


def _told_from(row: Scaled, others: Sequence[Scaled]) -> tuple[Scaled, ...]:
    """Those that can be told from the row, among all pairs on its scale."""
    rows = (row, *others)
    apart = compare.told_apart([one.compared for one in rows])
    return tuple(rows[max(pair)] for pair in sorted(apart) if 0 in pair)


def _as_published(one: Scaled, other: Scaled) -> bool | None:
    """Whether two rows are the same way round as published; None where either is a tie."""
    published = math.log(one.published_ratio / other.published_ratio)
    measured = math.log(one.measured_ratio / other.measured_ratio)
    if min(abs(published), abs(measured)) <= math.log(1 + TIE):
        return None
    return published * measured > 0


def blurred(row: Scaled, others: Sequence[Scaled]) -> tuple[Scaled, ...]:
    """Those from which the row cannot be told here, though it was published further away than noise explains.

    Only rows that may use equally many cores: how many of them the source's own load took is not known, so that
    "per core" is not exact enough to say such a thing of a server with one process and one with four.
    """
    pairs = len(others) * (len(others) + 1) // 2
    alike = (other for other in others if _cores(row) == _cores(other))
    return tuple(other for other in alike if _blurred(row, other, among=pairs))


def _cores(row: Scaled) -> int:
    return row.subject.at_once(row.subject.budget.wished_cpus)


def _blurred(one: Scaled, other: Scaled, *, among: int) -> bool:
    published = one.published_ratio / other.published_ratio
    if published < 1:
        return _blurred(other, one, among=among)
    measured = measured_ratio(one, other, among=among)
    if measured is None or measured.low is None or measured.high is None:
        return False
    return published > 1 + TIE and measured.low <= 1 and published > measured.high * (1 + TIE)


def measured_ratio(one: Scaled, other: Scaled, *, among: int = 1) -> Estimate | None:
    """One row over another as measured, with an interval that holds for so many pairs together; None without one."""
    return compare.ratio(one.compared, other.compared, among=among)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A time per request that two published loads of one system agree on."""

    other: Scaled
    text: str


def published_wait(row: Scaled, others: Sequence[Scaled]) -> Wait | None:
    """A second load of the same system whose published rate grew just as its connections did.

    CPU does not give that: its rate is the same for any number of connections that keep it busy.
    """
    mine = row.subject.source.connections
    for other in others:
        theirs = other.subject.source.connections
        if not _same_system(row, other) or not row.figure.rises or abs(mine / theirs - 1) <= TIE:
            continue
        waits = mine / row.figure.published, theirs / other.figure.published
        if max(waits) / min(waits) - 1 <= SAME_WAIT:
            return Wait(other=other, text=time_text(sum(waits) / 2))
    return None


def measured_waits_agree(row: Scaled, other: Scaled) -> bool:
    """Whether the measured rates grow with the connections, too."""
    waits = [one.subject.cell.load.connections / one.figure.measured.value for one in (row, other)]
    return max(waits) / min(waits) - 1 <= SAME_WAIT


def _same_system(one: Scaled, other: Scaled) -> bool:
    mine, theirs = one.subject.cell, other.subject.cell
    alike = replace(mine.deployment, pins=theirs.deployment.pins) == theirs.deployment
    loops = all(load.kind(cell.load).LITTLES_LAW != "silent" for cell in (mine, theirs))
    return alike and mine.workload == theirs.workload and loops

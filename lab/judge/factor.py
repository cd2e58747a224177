"""One machine, one factor: how long a core of theirs took for what one of ours does, and which rows that explains.

Each CPU-bound row says it once: the CPU time that their cores spent on a request, over ours. Where all rows say the
same, the two machines differ by their processors and by nothing else.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lab.figures import stats
from lab.figures.numbers import number_text, time_text
from lab.judge import little
from lab.judge.figures import AT_ITS_BOUND, Subject
from lab.judge.scale import Scaled, published_wait
from lab.model import Estimate, Factor, FactorRow

FEWEST_ROWS = 4
"""Of three rows, two that agree by chance would already be most of them."""
WITHIN = 0.20
"""How near a row must come to the factor of the others to be scaled."""
TRIMMED_SHARE = 0.25
"""Of the rows, left out at each end before the mean is taken, at least one: a row that is off must not move it."""
NOMINAL = 0.967
"""Of Student's t, with which the interval of so few trimmed rows holds the true factor in 95% of tables: by simulation,
as the usual 95% would hold it in 92% to 94%."""
APP_TIER = "app"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cost:
    """What a request took of their cores, and what the same takes of ours, in µs."""

    cores: int
    with_load: bool
    theirs: float
    ours: Estimate


def fit(rows: Sequence[Scaled]) -> Factor | None:
    """The factor of one table under one set of pins, from its CPU-bound rows; None where fewer than four tell it."""
    left_out = {row.row: why for row in rows if (why := _why_left_out(row, rows))}
    used = [row for row in rows if row.row not in left_out]
    costs = {row.row: cost for row in used if (cost := _cost(row.subject, row.figure.published))}
    if len(costs) < FEWEST_ROWS:
        return None
    factors = {name: _over(cost) for name, cost in costs.items()}
    found = tuple(_row(name, costs[name], factors) for name in costs)
    scaled = tuple(row.row for row in found if within(row))
    return Factor(
        table=rows[0].subject.cell.table,
        pins=rows[0].subject.cell.deployment.pins,
        factor=centre([one.value for one in factors.values()]),
        rows=found,
        scaled=scaled,
        holds=2 * len(scaled) > len(found),
        left_out=left_out,
    )


def within(row: FactorRow) -> bool:
    """Whether the factor of the others explains a row."""
    return abs(math.log(row.residual)) <= math.log(1 + WITHIN)


def centre(values: Sequence[float]) -> Estimate:
    """The mean of the logarithms without a quarter of them at each end, with its 95% interval (Tukey and McLaughlin).

    Without an interval where less than two values would stand behind it.
    """
    logs = np.sort(np.log(values))
    number = len(logs)
    cut = max(1, int(number * TRIMMED_SHARE))
    kept = logs[cut : number - cut]
    value = float(np.exp(kept.mean()))
    if len(kept) < 2:  # noqa: PLR2004 - one value has no error
        return Estimate(value=value, low=None, high=None)
    winsorised = np.clip(logs, kept[0], kept[-1])
    error = float(winsorised.std(ddof=1)) / ((1 - 2 * cut / number) * math.sqrt(number))
    half = stats.t_quantile(len(kept) - 1, confidence=NOMINAL) * error
    return Estimate(value=value, low=value * math.exp(-half), high=value * math.exp(half))


def said(row: FactorRow) -> str:
    """Both costs and their quotient: `a request took 35.0 µs of its 4 cores and takes 92.1 µs of ours: 0.380 …`."""
    with_load = ", the load's part included" if row.load_beside else ""
    cores = "its one core" if row.cores == 1 else f"its {row.cores} cores"
    theirs, ours = time_text(row.published_us / 1e6), time_text(row.measured_us.value / 1e6)
    quotient = f"{number_text(row.factor.value)} times our time"
    return f"a request took {theirs} of {cores} and takes {ours} of ours{with_load}: {quotient}"


def _row(name: str, cost: _Cost, factors: Mapping[str, Estimate]) -> FactorRow:
    others = [one.value for other, one in factors.items() if other != name]
    return FactorRow(
        row=name,
        cores=cost.cores,
        load_beside=cost.with_load,
        published_us=cost.theirs,
        measured_us=cost.ours,
        factor=factors[name],
        others=centre(others).value,
    )


def _over(cost: _Cost) -> Estimate:
    low, high = cost.ours.low, cost.ours.high
    return Estimate(
        value=cost.theirs / cost.ours.value,
        low=cost.theirs / high if high else None,
        high=cost.theirs / low if low else None,
    )


def _cost(subject: Subject, published: float) -> _Cost | None:
    """What must have been the limit there: the cores of a few processes, or all cores for stack and load together."""
    possible = [(cores / ours.value, cores, with_load, ours) for cores, with_load, ours in _ways(subject)]
    if not possible:
        return None
    _, cores, with_load, ours = min(possible, key=lambda way: way[0])
    return _Cost(cores=cores, with_load=with_load, theirs=cores / published * 1e6, ours=ours)


def _ways(subject: Subject) -> Iterator[tuple[int, bool, Estimate]]:
    """Cores of theirs and what a request costs on them here, for each limit that their machine had."""
    cores, result = subject.source.cores, subject.result
    total, app = (result.cpu_us_per_request.get(name) for name in ("total", APP_TIER))
    whole = _sum(total, result.load_cpu_us_per_request) if subject.source.load_beside else total
    if cores is None or whole is None:
        return
    yield cores, bool(subject.source.load_beside), whole
    processes = subject.cell.processes
    if processes is not None and processes < cores and app:
        yield processes, False, app


def _sum(one: Estimate | None, other: Estimate | None) -> Estimate | None:
    """Both ends are added: a moment that makes one dear makes the other dear, too."""
    if one is None or other is None:
        return None
    known = one.low is not None and one.high is not None and other.low is not None and other.high is not None
    return Estimate(
        value=one.value + other.value,
        low=(one.low or 0) + (other.low or 0) if known else None,
        high=(one.high or 0) + (other.high or 0) if known else None,
    )


def _why_left_out(row: Scaled, rows: Sequence[Scaled]) -> str | None:
    """Why a row says nothing of the cores, if so."""
    return _not_of_their_cores(row, rows) or _not_of_ours(row)


def _not_of_their_cores(row: Scaled, rows: Sequence[Scaled]) -> str | None:
    subject, published = row.subject, row.subject.cell.published
    if row.figure.kind != "requests_per_second":
        return "its figure is no rate"
    if subject.source.cores is None or subject.source.load_beside is None:
        return "its source does not say how many cores it had, or where the load ran"
    if published and little.rate_is_not_the_stacks(published, load=subject.cell.load, source=subject.source):
        return "its printed rate is not that of the stack"
    if published_wait(row, [other for other in rows if other is not row]):
        return "its printed rate grows with the connections, as a wait does"
    return None


def _not_of_ours(row: Scaled) -> str | None:
    subject = row.subject
    bound, share = subject.result.bound, subject.result.bound_share
    if bound is None or share is None or bound.name != "cores":
        return "its CPU is not the limit here"
    if share < AT_ITS_BOUND:
        return f"it came to {share:.0%} of what its CPU allows here"
    return None if _cost(subject, row.figure.published) else "nobody knows what the load costs for a request"

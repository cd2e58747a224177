"""How far a table was measured in its published order: Kendall's tau-b, how sure it is, and the pairs that swapped."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from lab.figures import compare, stats
from lab.judge.figures import JudgedFigure, Kind, Subject, kind_of
from lab.model import Estimate, Order, Swap

DRAWS = 999
"""Of the true figure of each row: half a percent at the ends of the interval, and a quarter of a second for 15 rows."""
SEED = 20_260_101
"""Fixed, so that a report made twice from the same samples says the same."""
FEWEST_ROWS = 4
"""Fewer rows have six orders at most, and none of them would say anything."""
_UNLIKE = {
    "wall_ms": "its figure is a wall clock, those of the others are not",
    "requests_per_second": "its figure is a rate, those of the others are not",
    "mean_ms": "its figure is a mean, those of the others are not",
}


def order(subjects: Sequence[Subject]) -> Order | None:
    """The order of one table under one set of pins; None where fewer than four rows can be compared."""
    kind = _kind(subjects)
    left_out = {subject.cell.row: why for subject in subjects if (why := _why_left_out(subject, kind))}
    rows = {subject.cell.row: subject.figure for subject in subjects if subject.cell.row not in left_out}
    figures = {row: figure for row, figure in rows.items() if figure is not None}
    if len(figures) < FEWEST_ROWS:
        return None
    tau = _tau(list(figures.values()))
    if tau is None:
        return None
    ranked = sorted(figures, key=lambda row: _goodness(figures[row], figures[row].published), reverse=True)
    return Order(
        table=subjects[0].cell.table,
        pins=subjects[0].cell.deployment.pins,
        tau=tau,
        rows=tuple(ranked),
        swapped=tuple(_swaps(ranked, figures)),
        left_out=left_out,
    )


def _kind(subjects: Sequence[Subject]) -> Kind | None:
    """The kind of figure that most rows have: a rate and a wall clock have no order."""
    kinds = Counter(kind for subject in subjects if (kind := kind_of(subject.cell.published, subject.cell.load)))
    return next((kind for kind, _ in kinds.most_common(1)), None)


def _why_left_out(subject: Subject, kind: Kind | None) -> str | None:
    own = kind_of(subject.cell.published, subject.cell.load)
    if own is None:
        return "nothing comparable was published about it"
    if not subject.result.valid or subject.figure is None:
        return "; ".join(subject.result.invalid_reasons) or "nothing was measured"
    if subject.cell.workload != subject.source.workload:
        return f"this run asked for {subject.cell.workload}"
    return _UNLIKE[own] if own != kind else subject.floor_only


def _tau(figures: Sequence[JudgedFigure]) -> Estimate | None:
    """Tau-b, and between which ends it lies in 95% of the orders that the rows' own intervals allow."""
    published = [_goodness(figure, figure.published) for figure in figures]
    value = float(_kendall(published, np.array([[_goodness(figure, figure.measured.value) for figure in figures]]))[0])
    if np.isnan(value):
        return None
    drawn = [_drawn(figure, np.random.default_rng([SEED, place])) for place, figure in enumerate(figures)]
    columns = [column for column in drawn if column is not None]
    if len(columns) < len(figures):
        return Estimate(value=value, low=None, high=None)
    taus = np.nan_to_num(_kendall(published, np.column_stack(columns)))
    outside = (1 - stats.CONFIDENCE) / 2
    low, high = np.quantile(taus, [outside, 1 - outside])
    return Estimate(value=value, low=float(low), high=float(high))


def _drawn(figure: JudgedFigure, rng: np.random.Generator) -> npt.NDArray[np.float64] | None:
    """Where the true figure may lie, drawn from Student's t around the measured one; None without an interval."""
    error = figure.compared.error
    if error is None:
        return None
    logs = math.log(figure.measured.value) + error * rng.standard_t(len(figure.rounds) - 1, DRAWS)
    return logs if figure.rises else -logs


def _kendall(published: Sequence[float], measured: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Tau-b of each line; not a number where a line (or what was published) is all ties."""
    from scipy.stats import kendalltau  # noqa: PLC0415 - a second of imports, for tables of four rows and more

    same = np.broadcast_to(np.asarray(published), measured.shape)
    found: npt.NDArray[np.float64] = kendalltau(same, measured, axis=1).statistic
    return found


def _goodness(figure: JudgedFigure, value: float) -> float:
    return value if figure.rises else -value


def _swaps(ranked: Sequence[str], figures: Mapping[str, JudgedFigure]) -> Iterator[Swap]:
    apart = compare.told_apart([figures[row].compared for row in ranked])
    for (place, better), (other_place, worse) in combinations(enumerate(ranked), 2):
        one, other = figures[better], figures[worse]
        printed = _goodness(one, one.published) > _goodness(other, other.published)
        measured = _goodness(one, one.measured.value) < _goodness(other, other.measured.value)
        if printed and measured:
            told = (place, other_place) in apart or (other_place, place) in apart
            yield Swap(better=better, worse=worse, told_apart=told)

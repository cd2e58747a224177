"""An interval that may be looked at after every slice: its error is that of all looks together.

An interval of 95% covers the truth in 95% of the cases in which one looks once. Whoever looks again and again, and
stops when it suits, is wrong far more often. This one is wider, so that in 95% of all runs it never leaves the truth
out, however often it is looked at: the boundary of a normal mixture (Robbins), with the deviation estimated from the
slices (Waudby-Smith and others, *Time-uniform central limit theory*, 2021).
"""

import math
from collections.abc import Sequence

import numpy as np

from lab.figures import paired, stats
from lab.model import Decision, DuetSample, DuetSlice, Estimate

FIRST_LOOK = 30
"""Slices: the deviation of fewer is not known well enough."""
CONTROL = 0.015
"""What a stack beside a copy of itself may show: a smaller difference makes neither the faster (docs/method.md)."""
_TIGHTEST = 0.03
"""The variance of the mixture: the boundary is tightest for its size after some 300 slices, minutes of measuring."""


def measured(turns: Sequence[DuetSample]) -> list[DuetSlice]:
    """The slices of some turns; one in which a side did nothing is no measure."""
    return [one for turn in turns for one in turn.slices if one.total > 0 and one.reference_total > 0]


def pairs(turns: Sequence[DuetSample]) -> list[tuple[float, float]]:
    """The CPU of both sides in each slice of some turns that is a measure."""
    return [(one.total, one.reference_total) for one in measured(turns)]


def ratio(slices: Sequence[tuple[float, float]]) -> Estimate:
    """One over the other: geometric mean over slices, with an interval that holds at all looks together.

    Before `FIRST_LOOK` slices there is no interval. Neighbours that are alike count for fewer, as in `paired`.
    """
    logs = np.log([one / other for one, other in slices])
    if len(logs) < FIRST_LOOK:
        return paired.around(logs, None)
    looked = _boundary(paired.independent_slices(logs)) * float(logs.std(ddof=1))
    return paired.around(logs, math.hypot(looked, stats.t_quantile(math.inf) * paired.STARTS))


def _boundary(independent: float) -> float:
    """How far, in deviations of a slice, the mean of so many may be from the truth at any look."""
    grown = independent * _TIGHTEST + 1
    error_rate = 1 - stats.CONFIDENCE
    for_ever = math.sqrt(2 * grown / (independent**2 * _TIGHTEST) * math.log(math.sqrt(grown) / error_rate))
    # The boundary takes the deviation for known. Student's t tells how much wider it is for being estimated.
    known = stats.t_quantile(math.inf)
    return for_ever * stats.t_quantile(independent - 1) / known


def decided(estimate: Estimate, *, until: float) -> Decision | None:
    """What may be said for good: which of the two is faster, or that they differ by no more than `until` (a share).

    The faster takes less CPU for a request: the whole interval of its ratio is below 1, by more than `CONTROL`. None
    while neither may be said.
    """
    if estimate.low is None or estimate.high is None:
        return None
    if estimate.high < 1 - CONTROL:
        return "faster"
    if estimate.low > 1 + CONTROL:
        return "slower"
    return "no difference" if difference_at_most(estimate) <= until else None


def difference_at_most(estimate: Estimate) -> float:
    """The share by which one may cost more than the other, whichever it is: the further end of the interval."""
    low, high = estimate.low or 0.0, estimate.high or math.inf
    return max(high, 1 / low if low else math.inf) - 1

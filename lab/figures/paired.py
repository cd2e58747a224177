"""Ratios of two things that were measured in the same slices of time, so that what slowed one slowed the other."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from lab.figures import stats
from lab.model import Estimate

FEWEST_SLICES = 3
STARTS = 0.002
"""By so much (a standard deviation, in logs) another start of two stacks gives another ratio of their CPU.

What a start decides is not known. docs/decisions/0028 has what was measured.
"""


def ratio(
    slices: Sequence[tuple[float, float]], *, confidence: float = stats.CONFIDENCE, starts: float = 0.0
) -> Estimate:
    """One over the other: geometric mean over slices with its interval (95%), which heeds that neighbours are alike.

    Slices that follow each other share some of their luck. By as much as each resembles the one before it, there are
    fewer independent ones. What all have in common, as they are of one start, they cannot show: `starts` is its
    standard deviation in logs. With fewer than `FEWEST_SLICES` there is no interval.
    """
    logs = np.log([one / other for one, other in slices])
    if len(logs) < FEWEST_SLICES:
        return around(logs, None)
    independent = independent_slices(logs)
    deviation = math.hypot(float(logs.std(ddof=1)) / independent**0.5, starts)
    return around(logs, stats.t_quantile(independent - 1, confidence=confidence) * deviation)


def around(logs: npt.NDArray[np.float64], half: float | None) -> Estimate:
    """The geometric mean of ratios given in logs, with so much of an interval to either side; None for no interval."""
    low, high = (None, None) if half is None else (float(np.exp(logs.mean() + end)) for end in (-half, half))
    return Estimate(value=float(np.exp(logs.mean())), low=low, high=high)


def independent_slices(logs: npt.NDArray[np.float64]) -> float:
    """How many independent slices say as much, for a first-order autoregression; at least 2, at most all."""
    count = len(logs)
    apart = logs - logs.mean()
    spread = float((apart**2).sum())
    if not spread:
        return float(count)
    alike = float((apart[1:] * apart[:-1]).sum()) / spread
    alike = min(max(alike + 1 / count, 0.0), 0.99)  # an estimate from few slices is too low by about 1 ÷ count
    return max(count * (1 - alike) / (1 + alike), 2.0)

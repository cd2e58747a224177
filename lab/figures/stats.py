"""Intervals over rounds. Rounds are the unit: requests of one round share its luck and are not independent."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import bootstrap

from lab.model import Estimate

CONFIDENCE = 0.95
RESAMPLES = 9_999
SEED = 20_260_101
"""Fixed, so that a report made twice from the same samples says the same."""
FEWEST_ROUNDS = 2


def estimate(rounds: Sequence[float]) -> Estimate:
    """The mean of the rounds with its 95% percentile-bootstrap interval.

    With three rounds the interval is close to their range and covers the true mean less often than 95%; more
    rounds make it honest, longer ones do not. With one round there is no interval: low and high are None.
    """
    value = float(np.mean(rounds))
    if len(rounds) < FEWEST_ROUNDS:
        return Estimate(value=value, low=None, high=None)
    if min(rounds) == max(rounds):
        return Estimate(value=value, low=value, high=value)
    interval = bootstrap(
        (np.asarray(rounds, dtype=float),),
        np.mean,
        confidence_level=CONFIDENCE,
        n_resamples=RESAMPLES,
        method="percentile",
        rng=np.random.default_rng(SEED),
    ).confidence_interval
    return Estimate(value=value, low=float(interval.low), high=float(interval.high))


def spread(rounds: Sequence[float]) -> float:
    """Largest minus smallest round, relative to their mean; 0 for one round or for a mean of 0."""
    mean = float(np.mean(rounds))
    return (max(rounds) - min(rounds)) / mean if mean and len(rounds) > 1 else 0.0


def apart(one: Estimate, other: Estimate) -> bool:
    """Whether two intervals do not overlap; without intervals nobody can tell."""
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return False
    return one.high < other.low or other.high < one.low


def ratio_span(one: Estimate, other: Estimate) -> tuple[float, float] | None:
    """One over the other by the ends of their intervals, least and most; None without intervals, or with a 0."""
    if not (one.low and one.high and other.low and other.high):
        return None
    return one.low / other.high, one.high / other.low

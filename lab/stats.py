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

"""Intervals over rounds. Rounds are the unit: requests of one round share its luck and are not independent.

Noise multiplies: a slow moment of the host makes every row slower by a factor. So all of this is on the logarithmic
scale, where factors are distances, and a rate tells the same as the time that is its inverse (decision 25).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from lab.figures.known import whole
from lab.model import Estimate

CONFIDENCE = 0.95
FEWEST_ROUNDS = 2


def estimate(rounds: Sequence[float]) -> Estimate:
    """The geometric mean of the rounds with its 95% interval by Student's t of their logarithms.

    With one round there is no interval: low and high are None. A round of 0 has no logarithm; the interval is then that
    of the plain mean, and does not reach below 0 where no round does.
    """
    if len(rounds) < FEWEST_ROUNDS:
        return Estimate(value=float(np.mean(rounds)), low=None, high=None)
    if min(rounds) == max(rounds):
        return Estimate(value=float(rounds[0]), low=float(rounds[0]), high=float(rounds[0]))
    if min(rounds) <= 0:
        low, value, high = _interval(np.asarray(rounds))
        return Estimate(value=value, low=max(low, 0.0) if min(rounds) == 0 else low, high=high)
    low, value, high = (float(np.exp(end)) for end in _interval(np.log(rounds)))
    return Estimate(value=value, low=low, high=high)


def by_part(rounds: Sequence[Mapping[str, float | None]]) -> dict[str, Estimate]:
    """The total of some parts, then each part. A total is summed within its round: sums are estimated, not added up.

    Nothing if one of them is not known in one of the rounds.
    """
    told = [whole(one) for one in rounds]
    if not told or not all(told):
        return {}
    totals = {"total": estimate([sum(one.values()) for one in told])}
    return totals | {name: estimate([one[name] for one in told]) for name in told[0]}


def _interval(values: npt.NDArray[np.float64]) -> tuple[float, float, float]:
    """The lower end, the mean and the upper end."""
    mean = float(values.mean())
    half = t_quantile(len(values) - 1) * float(values.std(ddof=1)) / len(values) ** 0.5
    return mean - half, mean, mean + half


def t_quantile(degrees: float, *, confidence: float = CONFIDENCE) -> float:
    """How many standard errors an interval reaches to each side."""
    return float(stdtrit(degrees, (1 + confidence) / 2))


def spread(rounds: Sequence[float]) -> float:
    """Largest minus smallest round, relative to their mean; 0 for one round or for a mean of 0."""
    mean = float(np.mean(rounds))
    return (max(rounds) - min(rounds)) / mean if mean and len(rounds) > 1 else 0.0

"""Which of several measured figures can be told apart, and how many times one is another.

Pairs are compared by Welch's test of their logarithms. A table of ten rows has 45 pairs, of which two or three would be
"told apart" by luck alone if each were asked at 5%; Holm's correction keeps that to 5% of *tables*.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from scipy.special import stdtr

from lab.figures import stats
from lab.model import Estimate

_ERROR_RATE = 1 - stats.CONFIDENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A figure with its interval and its number of rounds, which together tell its standard error."""

    estimate: Estimate
    rounds: int
    at_least: bool = False
    """Whether the figure is a floor: it is then never told to be smaller than another."""

    @property
    def error(self) -> float | None:
        """The standard error of the logarithm; None without an interval, or with one that reaches 0."""
        low, high = self.estimate.low, self.estimate.high
        if not low or not high or low < 0 or self.rounds < stats.FEWEST_ROUNDS:
            return None
        return math.log(high / low) / 2 / stats.t_quantile(self.rounds - 1)


def told_apart(rows: Sequence[Measured]) -> frozenset[tuple[int, int]]:
    """Pairs of which the first is larger beyond doubt: in at most 5% of tables is one of them an equal.

    A figure without an interval is told from nothing.
    """
    by_chance = sorted(
        (chance, pair)
        for pair in combinations(range(len(rows)), 2)
        if not rows[_larger_first(rows, pair)[1]].at_least
        and (chance := _chance(rows[pair[0]], rows[pair[1]])) is not None
    )
    return frozenset(_larger_first(rows, pair) for pair in _holm(by_chance))


def ratio(one: Measured, other: Measured, *, among: int = 1) -> Estimate | None:
    """One over the other with its 95% interval; with `among` so many that hold together. None without intervals."""
    distance, error, degrees = _welch(one, other)
    if error is None:
        return None
    half = stats.t_quantile(degrees, confidence=1 - _ERROR_RATE / among) * error
    return Estimate(value=math.exp(distance), low=math.exp(distance - half), high=math.exp(distance + half))


def _holm(by_chance: Sequence[tuple[float, tuple[int, int]]]) -> Iterator[tuple[int, int]]:
    """Pairs in the order of their chances, until the first that luck may explain."""
    for number, (chance, pair) in enumerate(by_chance):
        if chance > _ERROR_RATE / (len(by_chance) - number):
            return
        yield pair


def _larger_first(rows: Sequence[Measured], pair: tuple[int, int]) -> tuple[int, int]:
    first, second = pair
    return pair if rows[first].estimate.value > rows[second].estimate.value else (second, first)


def _chance(one: Measured, other: Measured) -> float | None:
    """How often equals would be measured this far apart; None where nobody can tell."""
    distance, error, degrees = _welch(one, other)
    if error is None:
        return None
    if error == 0:
        return float(distance == 0)
    return 2 * float(stdtr(degrees, -abs(distance) / error))


def _welch(one: Measured, other: Measured) -> tuple[float, float | None, float]:
    """The distance of two logarithms, its standard error, and the degrees of freedom of that."""
    mine, theirs = one.error, other.error
    if mine is None or theirs is None:
        return 0.0, None, 0.0
    distance = math.log(one.estimate.value / other.estimate.value)
    both = mine**2 + theirs**2
    if both == 0:
        return distance, 0.0, float(min(one.rounds, other.rounds) - 1)
    degrees = both**2 / (mine**4 / (one.rounds - 1) + theirs**4 / (other.rounds - 1))
    return distance, math.sqrt(both), degrees

"""Whether the latencies of a row fit each other."""

import math
from collections.abc import Iterator
from itertools import pairwise

from lab.audit.finding import Finding
from lab.audit.row import Row
from lab.audit.words import number, time

TAIL = 75.0
"""From this percentile on, equal to the mean to the last digit is no chance."""
DIGITS = 300
"""Steps of the last printed digit that a mean must have before equality says anything."""
COARSE = 1.10
"""Histograms round their percentiles, some to two digits: so much may one lie above the maximum."""
SLACK = 1.02


def check(row: Row) -> Iterator[Finding]:
    """What cannot be in the latencies of one row."""
    yield from _order(row)
    yield from _equal_to_mean(row)
    yield from _beyond_the_ends(row)
    yield from _deviation(row)


def _order(row: Row) -> Iterator[Finding]:
    for (rank, value), (next_rank, next_value) in pairwise(row.percentiles_s):
        if next_value < value:
            text = f"p{next_rank:g} ({time(next_value)}) is below p{rank:g} ({time(value)})"
            yield Finding(cause="percentiles", text=f"{text}: at least one of them is something else")
            return


def mean_as_percentile(row: Row) -> float | None:
    """The percentile that has the mean's value to the last digit."""
    return next((rank for rank, value in row.percentiles_s if rank >= TAIL and value == row.mean_s), None)


def _equal_to_mean(row: Row) -> Iterator[Finding]:
    rank = mean_as_percentile(row)
    if rank is None or not row.mean_s or row.mean_s < DIGITS * row.mean_step_s:
        return
    yield equal_to_mean(row, rank)


def equal_to_mean(row: Row, rank: float) -> Finding:
    """What to say of a percentile that is the mean."""
    text = f"p{rank:g} is the mean to the last digit ({time(row.mean_s or 0)}): a mean stands in the percentile's place"
    return Finding(cause="percentiles", text=text)


def _beyond_the_ends(row: Row) -> Iterator[Finding]:
    if row.max_s is not None:
        step = row.mean_step_s
        if row.mean_s is not None and row.mean_s - step > row.max_s * SLACK:
            text = f"the mean ({time(row.mean_s)}) is above the maximum ({time(row.max_s)})"
            yield Finding(cause="percentiles", text=text)
        rank, value = row.percentiles_s[-1] if row.percentiles_s else (0.0, 0.0)
        if value > row.max_s * COARSE + step:
            yield Finding(
                cause="percentiles", text=f"p{rank:g} ({time(value)}) is above the maximum ({time(row.max_s)})"
            )
    if row.min_s is not None and row.mean_s is not None and row.mean_s + row.mean_step_s < row.min_s / SLACK:
        text = f"the mean ({time(row.mean_s)}) is below the minimum ({time(row.min_s)})"
        yield Finding(cause="percentiles", text=text)


def _deviation(row: Row) -> Iterator[Finding]:
    """Values between 0 and the maximum around a mean can only deviate so much."""
    if row.mean_s is None or row.max_s is None or row.stdev_s is None or row.mean_by_definition:
        return
    mean_s, most_s = row.mean_s + row.mean_step_s, row.max_s * SLACK
    limit_s = math.sqrt(max(most_s - row.mean_s + row.mean_step_s, 0.0) * mean_s)
    if row.mean_s <= most_s and row.stdev_s > limit_s * SLACK + row.mean_step_s:
        text = (
            f"a deviation of {time(row.stdev_s)} cannot be: latencies from 0 to {time(row.max_s)} with a mean of "
            f"{time(row.mean_s)} deviate by {time(limit_s)} at most, {number(row.stdev_s / limit_s)} times less"
        )
        yield Finding(cause="spread", text=text)

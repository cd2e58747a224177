"""Pure: a rate of answers that come in waves, because those who wait sleep together.

Four hundred clients of a handler that sleeps 2 s are answered four hundred at a time. Answers ÷ seconds then depends on
where the seconds end: 177.8, 200.0 and 181.8/s for 9, 10 and 11 s of the same. So the rate is that of whole waves: k
waves of n answers over the time from an answer to the one k·n later.
"""

from collections.abc import Sequence

import numpy as np

from lab.figures import stats
from lab.model import Estimate

TENTH_S = 0.1
"""What the load tools count in: where answers come in bursts, each is known to a tenth of a second."""
LIMITED = 0.5
"""Of what the sleep allows: with less, most of a request's time is not its sleep, and nothing keeps waves together."""
PLACES = 8
"""Answers of the first wave from which whole waves are counted; the rate is that of all of them."""
UNSURE = 0.05
"""What a cut may have added or taken before it is worth telling."""


def rate(tenths: Sequence[int], *, delay_s: float, at_once: int) -> Estimate:
    """Answers a second of counts in tenths of a second, for `at_once` requests that sleep `delay_s` at the same time.

    Low and high are what the cut can have done: nothing where answers flow, a tenth of a second where they come in
    bursts, a whole wave where less than two of them were counted.
    """
    total, lasted_s = sum(tenths), len(tenths) * TENTH_S
    plain = total / lasted_s
    if not delay_s or plain * delay_s < LIMITED * at_once:
        return Estimate(value=plain, low=plain, high=plain)
    waves = total // at_once - 1
    if waves < 1:
        return Estimate(value=plain, low=max(total - at_once, 0) / lasted_s, high=(total + at_once) / lasted_s)
    answers = waves * at_once
    taken_s = _taken_s(tenths, at_once, answers)
    unsure_s = TENTH_S if 0 in tenths else 0.0
    return Estimate(
        value=_rate(answers, float(np.mean(taken_s))),
        low=_rate(answers, max(taken_s) + unsure_s),
        high=_rate(answers, max(min(taken_s) - unsure_s, TENTH_S)),
    )


def _rate(answers: int, seconds: float) -> float:
    """To a millionth: what rounding of floats adds must not look like an interval."""
    return round(answers / seconds, 6)


def over(rounds: Sequence[Estimate]) -> Estimate:
    """The rates of rounds as one; the interval holds what rounds differ by and what their cuts can have done."""
    found = stats.estimate([one.value for one in rounds])
    if found.low is None or found.high is None:
        return found
    known = [one for one in rounds if one.value and one.low is not None and one.high is not None]
    lower = float(np.mean([(one.low or 0) / one.value for one in known])) if known else 1.0
    higher = float(np.mean([(one.high or 0) / one.value for one in known])) if known else 1.0
    return Estimate(value=found.value, low=found.low * lower, high=found.high * higher)


def is_unsure(rounds: Sequence[Estimate]) -> bool:
    """Whether a round was cut so that its rate may be off by more than 5%."""
    return any(
        max(one.value - one.low, one.high - one.value) > UNSURE * one.value
        for one in rounds
        if one.low is not None and one.high is not None
    )


def _taken_s(tenths: Sequence[int], at_once: int, answers: int) -> list[float]:
    """From some answers of the first wave, how long it takes until so many more have come."""
    ends = np.arange(len(tenths) + 1) * TENTH_S
    counted = np.concatenate(([0], np.cumsum(tenths)))
    # Between two answers, so that a pause of the counter is never where one begins.
    first = [int(at_once * (place + 0.5) / PLACES) + 0.5 for place in range(PLACES)]
    taken_s = (np.interp(one + answers, counted, ends) - np.interp(one, counted, ends) for one in first)
    return [float(one) for one in taken_s]

"""When a warm-up may end: what will be measured has stopped changing from one second of it to the next."""

from collections.abc import Sequence
from dataclasses import dataclass

WITHIN = 0.15
"""Of each other, that throughput and cost of two successive seconds must be. A second of clients that sleep 0.1 s holds
nine or ten waves of answers, which differ by 11%; a runtime that still compiles changes by half and more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmSecond:
    """About a second of a warm-up."""

    per_second: float
    cpu_s: float | None
    """Of the stack, for one answer; None where the engine does not tell."""


def is_settled(seconds: Sequence[WarmSecond]) -> bool:
    """Whether the last two agree in both; without an answer nothing has settled."""
    if len(seconds) < 2:  # noqa: PLR2004 - two can agree
        return False
    before, last = seconds[-2:]
    if not _agree(before.per_second, last.per_second):
        return False
    return before.cpu_s is None or last.cpu_s is None or _agree(before.cpu_s, last.cpu_s)


def _agree(one: float, other: float) -> bool:
    low, high = sorted((one, other))
    return low > 0 and high <= low * (1 + WITHIN)

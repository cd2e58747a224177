"""Pure: how a figure is written, everywhere: three significant digits, counts whole, a dash where nothing is known."""

import math
from collections.abc import Callable, Sequence

from lab.model import ErrorCounts, Estimate

DASH = "\N{EN DASH}"
NOTHING = DASH
AT_LEAST = "\N{GREATER-THAN OR EQUAL TO} "
_DIGITS = 3
_MOST_DIGITS = 5
_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))
"""Of times, each with its seconds; what is shorter than a microsecond is written in microseconds."""


def number_text(value: float | None, *, digits: int = _DIGITS) -> str:
    """Write a number with `digits` significant digits and commas between thousands; a dash for none."""
    if value is None or not math.isfinite(value):
        return NOTHING
    if value == 0:
        return "0"
    rounded = round(value, _places(value, digits))
    # Rounding may have carried into one more digit (9.996 → 10.0), so the places are counted again.
    return f"{rounded:,.{max(0, _places(rounded, digits))}f}"


def floor_text(value: float | None, *, at_least: bool) -> str:
    """Write a number, with ≥ before one that is the least that something can be."""
    text = number_text(value)
    return f"{AT_LEAST}{text}" if at_least and text != NOTHING else text


def _places(value: float, digits: int) -> int:
    return digits - 1 - math.floor(math.log10(abs(value)))


def time_text(seconds: float, *, digits: int = _DIGITS) -> str:
    """Write a time that was measured or computed, with the unit a reader would use: `1.22 s`, `48.1 µs`."""
    size, unit = _unit(seconds)
    return f"{number_text(seconds / size, digits=digits)} {unit}"


def setting_text(seconds: float) -> str:
    """Write a time that somebody chose, which has no digits beside those he wrote: `5 s`, `100 ms`."""
    size, unit = _unit(seconds)
    return f"{seconds / size:g} {unit}"


def chosen_text(value: float) -> str:
    """Write a number that somebody chose, with the digits that he wrote: `2,345`, `0.5`."""
    return f"{value:,.12g}"


def _unit(seconds: float) -> tuple[float, str]:
    """The largest unit that leaves a whole part once the time is rounded: 0.9999 s is 1.00 s."""
    rounded = float(f"{seconds:.{_DIGITS}g}")
    return next((unit for unit in _UNITS if rounded >= unit[0]), _UNITS[-1] if seconds else _UNITS[0])


def span_text(low: float, high: float) -> str:
    """Write an interval; with more digits where three would make its two different ends look alike."""
    return _span(low, high, number_text)


def time_span_text(low: float, high: float) -> str:
    """Write an interval of times, each end with its unit."""
    return _span(low, high, time_text)


def _span(low: float, high: float, write: Callable[..., str]) -> str:
    texts = [(write(low, digits=digits), write(high, digits=digits)) for digits in range(_DIGITS, _MOST_DIGITS + 1)]
    unlike = next((ends for ends in texts if ends[0] != ends[1]), texts[-1] if low != high else texts[0])
    return DASH.join(unlike)


def interval_text(estimate: Estimate | None) -> str:
    """Write the interval of an estimate; a dash where there is none."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return NOTHING
    return span_text(estimate.low, estimate.high)


def whole_text(value: int) -> str:
    """Write a count with commas between thousands."""
    return f"{value:,}"


def count_text(count: int, noun: str) -> str:
    """Write a count with its noun: `1 slot`, `2,000 connections`, `4 processes`."""
    plural = "es" if noun.endswith("s") else "s"
    return f"{whole_text(count)} {noun}{plural if count != 1 else ''}"


def errors_text(counts: ErrorCounts) -> str:
    """Write what went wrong by kind (`12 read, 3 timeout`), or 0."""
    kinds = {kind: getattr(counts, kind) for kind in ErrorCounts.__dataclass_fields__}
    return ", ".join(f"{whole_text(count)} {kind}" for kind, count in kinds.items() if count) or "0"


def listing(items: Sequence[str]) -> str:
    """Join names as a sentence does: `a`, `a and b`, `a, b and c`."""
    if len(items) < 2:  # noqa: PLR2004 - one item needs no joining word
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"

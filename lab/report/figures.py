"""Numbers as people read them: three significant digits, thin units, an en dash where nothing is known."""

import math
from collections.abc import Mapping

from lab.model import Errors, Estimate

DASH = "\N{EN DASH}"
NOTHING = DASH
_DIGITS = 3
_MOST_DIGITS = 5


def figure(value: float | None, *, digits: int = _DIGITS) -> str:
    """Write a number with `digits` significant digits and commas between thousands; a dash for none."""
    if value is None or not math.isfinite(value):
        return NOTHING
    if value == 0:
        return "0"
    rounded = round(value, _places(value, digits))
    # Rounding may have carried into one more digit (9.996 → 10.0), so the places are counted again.
    return f"{rounded:,.{max(0, _places(rounded, digits))}f}"


def _places(value: float, digits: int) -> int:
    return digits - 1 - math.floor(math.log10(abs(value)))


def span(low: float, high: float) -> str:
    """Write an interval; with more digits where three would make its two different ends look alike."""
    if low == high:
        return f"{figure(low)}{DASH}{figure(high)}"
    for digits in range(_DIGITS, _MOST_DIGITS):
        ends = figure(low, digits=digits), figure(high, digits=digits)
        if ends[0] != ends[1]:
            break
    else:
        ends = figure(low, digits=_MOST_DIGITS), figure(high, digits=_MOST_DIGITS)
    return f"{ends[0]}{DASH}{ends[1]}"


def interval(estimate: Estimate | None) -> str:
    """Write the 95% interval of an estimate; a dash where there is none."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return NOTHING
    return span(estimate.low, estimate.high)


def whole(value: int) -> str:
    """Write a count with commas between thousands."""
    return f"{value:,}"


def errors(counts: Errors) -> str:
    """Write what went wrong by kind (`12 read, 3 timeout`), or 0."""
    kinds = ("connect", "read", "write", "timeout", "status", "body")
    found = [f"{whole(count)} {kind}" for kind in kinds if (count := getattr(counts, kind))]
    return ", ".join(found) or "0"


def parts(shares: Mapping[str, float]) -> dict[str, float]:
    """Leave of a mapping with a `total` (and the `load`) only the tiers, from the client inwards."""
    return {name: value for name, value in shares.items() if name not in {"total", "load"}}


def by_part(shares: Mapping[str, float]) -> str:
    """Write the tiers' shares (`proxy 12 + app 50`); a dash where there are none."""
    return " + ".join(f"{name} {figure(value)}" for name, value in parts(shares).items()) or NOTHING


def listing(items: list[str]) -> str:
    """Join names as a sentence does: `a`, `a and b`, `a, b and c`."""
    if len(items) < 2:  # noqa: PLR2004 - one item needs no joining word
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def counted(count: int, noun: str) -> str:
    """Write a count with its noun: `1 round`, `2,000 connections`."""
    return f"{whole(count)} {noun}" + ("" if count == 1 else "s")

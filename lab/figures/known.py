"""Amounts of which some may not be known, as where an engine does not count: unknown is not 0."""

from collections.abc import Iterable, Mapping


def total(parts: Iterable[float | None]) -> float | None:
    """The sum; None if one of the parts is not known."""
    summed = 0.0
    for part in parts:
        if part is None:
            return None
        summed += part
    return summed


def difference(before: float | None, after: float | None) -> float | None:
    """What was added in between; None if one of the two is not known."""
    return None if before is None or after is None else after - before


def highest(parts: Iterable[float | None]) -> float | None:
    """The highest; None if one of the parts is not known, or if there are none."""
    found = list(parts)
    known = [part for part in found if part is not None]
    return max(known, default=None) if len(known) == len(found) else None


def whole(parts: Mapping[str, float | None]) -> dict[str, float]:
    """The parts if all of them are known, else nothing: a total that lacks one is none."""
    known = {name: part for name, part in parts.items() if part is not None}
    return known if len(known) == len(parts) else {}

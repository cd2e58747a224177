"""What people write with a unit, or without one: rates and lengths of time. What makes no sense is refused in words."""

import re

from lab.errors import UsageError
from lab.figures.pacing import LEAST_PER_SECOND
from lab.model import MOST_PER_SECOND

MOST_WARMUP_S = 60.0
SHORTEST_DUET_S = 4.0
"""Two turns, each of two slices of about a second: with fewer there is no interval."""
_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:/\s*s)?")
_TIME = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|min|h)?")
_SECONDS = {None: 1, "s": 1, "m": 60, "min": 60, "h": 3600}


def read_rate(text: str) -> float:
    """`2000` or `2000/s` → requests a second. Raises UsageError for what is no rate, or none that can be asked for."""
    rate = _per_second(text)
    if not 0 < rate <= MOST_PER_SECOND:
        raise UsageError(
            f"--rate {text} is not a rate that can be offered",
            fix=f"requests a second, more than 0 and at most {MOST_PER_SECOND:,}: --rate 2000 or --rate 2000/s",
        )
    return rate


def read_duet_rate(text: str) -> float:
    """The same of two stacks side by side. Raises UsageError."""
    rate = _per_second(text)
    if not LEAST_PER_SECOND <= rate <= MOST_PER_SECOND:
        raise UsageError(
            f"--duet-rate {text} is not a rate at which two stacks can be compared",
            fix=f"requests a second to each, {LEAST_PER_SECOND:g} to {MOST_PER_SECOND:,}: --duet-rate 2000",
        )
    return rate


def _per_second(text: str) -> float:
    """`2000` or `2000/s` → requests a second; 0 for what is no rate."""
    match = _RATE.fullmatch(str(text).strip())
    return float(match[1]) if match else 0.0


def read_time(text: str) -> float | None:
    """`90`, `90s`, `2m`, `1h` → seconds; None for what is no time."""
    match = _TIME.fullmatch(str(text).strip())
    return float(match[1]) * _SECONDS[match[2]] if match else None


def read_duration(text: str) -> int:
    """Whole seconds of a round, at least one. Raises UsageError."""
    seconds = read_time(text)
    if seconds is None or seconds < 1 or seconds % 1:
        raise UsageError(
            f"--duration {text} is no time for which load can be offered",
            fix="whole seconds, at least 1, or a time with its unit: -d 6, -d 90s or -d 2m",
        )
    return int(seconds)


def read_warmup(text: str) -> float:
    """Seconds at most, or 0 for none. Raises UsageError."""
    seconds = read_time(text)
    if seconds is None or 0 < seconds < 1 or seconds > MOST_WARMUP_S:
        raise UsageError(
            f"--warmup {text} is no time in which a stack can be warmed up",
            fix=f"1 to {MOST_WARMUP_S:g} seconds at most, or 0 for none: --warmup 10",
        )
    return seconds


def read_duet(text: str) -> float:
    """Seconds side by side for each stack, or 0 for none. Raises UsageError."""
    seconds = read_time(text)
    if seconds is None or 0 < seconds < SHORTEST_DUET_S:
        raise UsageError(
            f"--duet {text} is no time in which two stacks can be compared",
            fix=f"at least {SHORTEST_DUET_S:g} seconds, or a time with its unit, or 0 for none: --duet 10, --duet 2m",
        )
    return seconds

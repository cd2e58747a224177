"""How fast cores were when something was measured, beside how fast they usually were in the same run."""

from collections.abc import Iterable

from lab.model import CoreSpeed, SpeedRange, speed_range

OFF = 0.2
"""So far from the median a speed may be before what was measured at it is measured again, or marked."""


def pooled(speeds: Iterable[CoreSpeed]) -> SpeedRange | None:
    """The range of all readings of several rounds; None where there are none."""
    return speed_range(tuple(reading for one in speeds for reading in one.readings))


def is_off(found: float, usual: float) -> bool:
    """Whether a speed is more than `OFF` away from the usual one, to either side."""
    return abs(found / usual - 1) > OFF

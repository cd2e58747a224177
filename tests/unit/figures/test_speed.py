import pytest

from lab.figures import speed
from lab.model import CoreSpeed, speed_range


def test_readings_of_several_rounds_are_one_range() -> None:
    found = speed.pooled([CoreSpeed(readings=(2.0, 4.0)), CoreSpeed(), CoreSpeed(readings=(3.0,))])
    assert found is not None
    assert (found.low, found.median, found.high, found.readings, found.spread) == (2, 3, 4, 3, 2)
    assert speed.pooled([CoreSpeed()]) is speed_range(()) is None


@pytest.mark.parametrize(("found", "off"), [(79, True), (81, False), (119, False), (121, True)])
def test_a_speed_is_off_from_a_fifth_on_to_either_side(found: float, off: bool) -> None:
    assert speed.is_off(found, 100) is off

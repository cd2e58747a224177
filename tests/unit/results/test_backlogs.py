from dataclasses import replace

import pytest

from lab.model import Backlog
from lab.results import backlogs
from tests.unit.unit_factories import make_sample

SAMPLES = [
    replace(make_sample(number), backlog=Backlog(finished=200 + number, seconds=4.0, waiting=880 + number))
    for number in range(3)
]


def test_what_is_finished_and_what_waits_have_intervals_over_rounds() -> None:
    found = backlogs.summarise(SAMPLES)
    assert found is not None
    assert found.finished_per_second.value == pytest.approx(50.25, abs=0.01)
    assert found.waiting.value == pytest.approx(881, abs=0.1)
    assert found.waiting.low is not None
    assert found.waiting.low < 881


def test_where_a_round_does_not_tell_nothing_is_said() -> None:
    assert backlogs.summarise([*SAMPLES, make_sample(3)]) is None
    assert backlogs.summarise([]) is None

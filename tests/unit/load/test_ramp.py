import pytest

from lab.load import ramp
from lab.model import Closed, Ramp
from tests.unit.load.test_closed import output, report
from tests.unit.unit_factories import make_workload


@pytest.mark.parametrize(
    ("ramp_s", "connections", "groups", "every_s"),
    [(60, 1000, 20, 3), (20, 200, 20, 1), (10, 200, 10, 1), (50, 200, 16, 3), (60, 2, 2, 30), (1, 200, 1, 1)],
)
def test_clients_come_in_even_groups_of_which_the_last_begins_before_the_ramp_is_over(
    ramp_s: float, connections: int, groups: int, every_s: int
) -> None:
    load = Ramp(connections=connections, ramp_s=ramp_s, duration_s=10)
    assert ramp.steps(load) == (groups, every_s)
    assert (groups - 1) * every_s < ramp_s


def test_the_tool_is_told_the_whole_time_and_the_ramp() -> None:
    load = Ramp(connections=1000, ramp_s=60, duration_s=20)
    argv = ramp.command(load, make_workload(), url="http://proxy:8080", answers=()).argv
    assert argv == ("offer", "20", "1", "1000", "80", "600", "http://proxy:8080/health", "3")


def test_what_counts_comes_after_the_ramp_and_the_tenths_of_seconds_cover_all() -> None:
    load = Ramp(connections=2, ramp_s=2, duration_s=1)
    first = report(requests=30, per_100ms=[1] * 30, latency_us=[[1000, 30]])
    second = report(requests=20, per_100ms=[0] * 10 + [1] * 20, latency_us=[[1000, 20]])
    result, _ = ramp.parse(output(first, second), load)
    assert (result.ramp_s, result.steady_s, len(result.per_100ms)) == (2, 1, 30)
    assert (result.steady_requests, result.requests_per_second) == (20, 20)
    assert result.requests == 50


def test_warming_has_no_ramp() -> None:
    small = ramp.warming(Ramp(connections=1000, ramp_s=60, duration_s=10), seconds=1, delay_s=0)
    assert small == Closed(connections=64, threads=1, duration_s=1)

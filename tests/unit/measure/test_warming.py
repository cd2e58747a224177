from collections.abc import Iterator

import pytest

from lab.load import closed
from lab.measure import warming
from lab.measure.clock import Clock
from lab.measure.rig import Rig
from lab.measure.warming import Warmed
from lab.model import Burst, Load
from tests.unit.load.test_closed import output, report
from tests.unit.measure.measure_fakes import make_rig
from tests.unit.measure.test_rounds import load_of
from tests.unit.unit_factories import make_cell, make_load, make_workload
from tests.unit.unit_project import Answering

LOOP, BURST = make_load(connections=100), Burst(connections=10)
CELL = make_cell(load=LOOP)


def answering(rig: Rig, rates: Iterator[int]) -> Rig:
    """A rig whose load has so many answers in each second, second after second."""

    def offered(_argv: list[str], _environment: object) -> tuple[int, bytes]:
        rate = next(rates)
        tenths = [rate // 10] * 10
        return 0, output(report(requests=rate, per_100ms=tenths, latency_us=[[1000, rate]], duration_us=10**6)).encode()

    load_of(rig).execute = offered
    return rig


def warm(rig: Rig, *, most_s: float) -> Warmed:
    return warming.warm(rig, CELL.load, make_workload(), most_s=most_s, delay_s=0.1, clock=Clock())


@pytest.mark.parametrize(
    ("rates", "most_s", "seconds", "settled"),
    [
        ((1000, 1000, 1000), 10, 2, True),
        ((100, 400, 900, 1000, 1000), 10, 4, True),
        ((100, 400, 100, 400, 100), 4, 4, False),
        ((1000, 1000), 1, 1, None),
    ],
)
def test_it_goes_on_until_two_seconds_agree_or_the_time_is_up(
    server: Answering, rates: tuple[int, ...], most_s: float, seconds: int, settled: bool | None
) -> None:
    done = warm(answering(make_rig(server)[0], iter(rates)), most_s=most_s)
    assert (done.seconds, done.settled) == (seconds, settled)
    assert done.load == closed.warming(LOOP, seconds=1.0, delay_s=0.1)


def test_output_that_says_nothing_ends_it_without_a_word(server: Answering) -> None:
    rig, _ = make_rig(server)
    load_of(rig).execute = lambda _argv, _environment: (0, b"")
    done = warm(rig, most_s=10)
    assert (done.seconds, done.settled) == (1, None)


@pytest.mark.parametrize(("load", "delay_s"), [(BURST, 0.0), (CELL.load, 5.0)])
def test_a_stack_is_warmed_by_one_request_before_a_burst_and_where_the_handler_sleeps_long(
    server: Answering, load: Load, delay_s: float
) -> None:
    rig, _ = make_rig(server)
    given: list[list[str]] = []

    def offered(argv: list[str], environment: object) -> tuple[int, bytes]:
        given.append(argv)
        return 0, b""

    load_of(rig).execute = offered
    done = warming.warm(rig, load, make_workload(), most_s=10, delay_s=delay_s, clock=Clock())
    assert (done.load.model, done.load.connections, done.settled) == ("burst", 1, None)
    assert [argv[:2] for argv in given] == [["burst", "1"]]

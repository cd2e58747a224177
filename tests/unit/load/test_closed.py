import json
from dataclasses import replace
from typing import Any

import pytest

from lab.figures.bounds import LimitFacts
from lab.load import closed, histogram
from lab.model import Burst, Closed, ErrorCounts
from tests.unit.unit_factories import make_load, make_sample, make_workload

BEFORE = "cpu  100 0 100 1000 0 0 0 0 0 0"
AFTER = "cpu  350 50 200 1400 100 20 30 50 0 0"


def report(**changes: Any) -> str:
    given: dict[str, Any] = {
        "requests": 3,
        "bytes": 300,
        "duration_us": 1_000_000,
        "errors": {"connect": 1, "read": 2, "write": 3, "timeout": 4, "status": 5, "body": 6},
        "per_100ms": [1, 2],
        "latency_us": [[1000, 2], [5000, 1]],
    }
    return json.dumps(given | changes)


def output(*reports: str) -> str:
    return "\n".join([BEFORE, *reports, AFTER]) + "\n"


def test_two_processes_add_up_exactly() -> None:
    other = report(requests=7, bytes=50, duration_us=1_200_000, per_100ms=[1, 1, 5], latency_us=[[1000, 3], [9000, 4]])
    result, _ = closed.parse(output(report(), other), make_load())
    assert (result.requests, result.bytes_read, result.elapsed_s) == (10, 350, 1.2)
    assert result.errors == ErrorCounts(connect=2, read=4, write=6, timeout=8, status=10, body=12)
    assert result.per_100ms == (2, 3, 5)
    assert result.histogram == histogram.encode([(1000, 5), (5000, 1), (9000, 4)])


@pytest.mark.parametrize(
    ("duration_s", "tenths", "ramp_s", "steady_s"),
    [(10, "10", 1.0, 9.0), (4, "10", 1.0, 3.0), (2, "5", 0.5, 1.5), (1, "2", 0.2, 0.8), (0.3, "2", 0.2, 0.8)],
)
def test_the_ramp_is_a_second_and_of_a_short_round_a_quarter(
    duration_s: float, tenths: str, ramp_s: float, steady_s: float
) -> None:
    load = make_load(duration_s=duration_s)
    result, _ = closed.parse(output(report()), load)
    assert result.ramp_s == ramp_s
    assert result.steady_s == pytest.approx(steady_s)
    command = closed.command(load, make_workload(), url="http://a", answers=())
    assert command.argv[-2] == tenths, "what the tool waits for is what is left out"


@pytest.mark.parametrize(
    ("connections", "processes", "threads"),
    [(1, 1, 1), (10_000, 1, 2), (10_001, 2, 2), (19_800, 2, 2), (20_000, 2, 2), (20_001, 3, 2)],
)
def test_the_tool_gets_the_total_of_connections_and_enough_processes(
    connections: int, processes: int, threads: int
) -> None:
    load = make_load(connections=connections, threads=2)
    argv = closed.command(load, make_workload(), url="http://proxy:8080", answers=()).argv
    assert closed.processes_needed(connections) == processes
    assert argv == ("offer", str(processes), str(threads), str(connections), "10", "10", "http://proxy:8080/health")


def test_the_command_says_what_must_be_answered_and_rounds_to_whole_seconds() -> None:
    command = closed.command(make_load(duration_s=0.3), make_workload(), url="http://a", answers=["ok"])
    assert command.environment["LAB_RIGHT"] == "200\x1f=ok"
    assert command.argv[4] == "1"  # wrk knows whole seconds only


def test_warming_is_short_and_leaves_no_queue_behind() -> None:
    small = closed.warming(make_load(connections=2000), seconds=1, delay_s=0.1)
    assert small == Closed(connections=64, threads=1, duration_s=1)
    assert closed.warming(make_load(connections=5), seconds=1, delay_s=0).connections == 5


def test_a_handler_that_sleeps_longer_than_the_warming_is_asked_once() -> None:
    small = closed.warming(make_load(connections=2000), seconds=1, delay_s=5)
    assert small == Burst(connections=1)


@pytest.mark.parametrize(
    ("connections", "threads", "opened"),
    [(15, 8, 8), (16, 8, 16), (10, 1, 10), (3, 8, 3), (20_001, 2, 19_998), (20_000, 2, 20_000)],
)
def test_each_thread_of_wrk_opens_as_many_connections_as_the_others(
    connections: int, threads: int, opened: int
) -> None:
    assert closed.opened(make_load(connections=connections, threads=threads)) == opened


def test_connections_that_the_tool_never_opened_are_reported_as_that_and_not_as_waiting() -> None:
    """`-c 15 -t 8`: eight are open, and all eight wait for their answers."""
    load = make_load(connections=15, threads=8)
    latency = histogram.latency([make_sample(rate=800).result.histogram])
    assert latency is not None
    (note,) = closed.notes(load, [make_sample(rate=800)], latency)
    assert note == ("wrk opened 8 of the 15 connections it was told: each of its 8 threads opens as many as the others")


def test_only_the_connections_that_are_open_can_bound_a_row() -> None:
    load = make_load(connections=15, threads=8)
    facts = LimitFacts(connections=15, delay_s=0.0)
    assert closed.bounded(load, facts).connections == 8
    assert closed.bounded(load, replace(facts, connections=2000)).connections == 2000, "those of another run"

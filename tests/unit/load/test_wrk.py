import json
from typing import Any

import pytest

from lab.errors import LabError
from lab.load import histogram, wrk
from lab.model import Errors
from tests.unit.unit_factories import make_load, make_workload

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
    result, _ = wrk.parse(output(report(), other), make_load())
    assert (result.requests, result.bytes_read, result.elapsed_s) == (10, 350, 1.2)
    assert result.errors == Errors(connect=2, read=4, write=6, timeout=8, status=10, body=12)
    assert result.per_100ms == (2, 3, 5)
    assert result.histogram == histogram.encode([(1000, 5), (5000, 1), (9000, 4)])


def test_what_else_was_printed_does_not_count() -> None:
    assert wrk.parse("hello\n" + output(report()) + "ramp\nover\n", make_load())[0].requests == 3


@pytest.mark.parametrize(
    "text",
    ["", output(), report(), f"{BEFORE}\n{report()}\n", "wrk: cannot connect", output(report()[:40])],
)
def test_a_missing_part_is_an_error_that_shows_what_there_was(text: str) -> None:
    with pytest.raises(LabError, match="wrk printed no whole result") as caught:
        wrk.parse(text, make_load())
    assert caught.value.where == (text or "no output at all")


def test_one_process_that_was_cut_off_spoils_the_round_however_many_others_were_not() -> None:
    with pytest.raises(LabError, match="no whole result"):
        wrk.parse(output(report(), report()[:40]), make_load())


@pytest.mark.parametrize(
    ("duration_s", "tenths", "ramp_s", "steady_s"),
    [(10, "10", 1.0, 9.0), (4, "10", 1.0, 3.0), (2, "5", 0.5, 1.5), (1, "2", 0.2, 0.8), (0.3, "2", 0.2, 0.8)],
)
def test_the_ramp_is_a_second_and_of_a_short_round_a_quarter(
    duration_s: float, tenths: str, ramp_s: float, steady_s: float
) -> None:
    load = make_load(duration_s=duration_s)
    result, _ = wrk.parse(output(report()), load)
    assert result.ramp_s == ramp_s
    assert result.steady_s == pytest.approx(steady_s)
    command = wrk.command(load, make_workload(), url="http://a", answer=None, match="any")
    assert command.argv[-2] == tenths, "what the tool waits for is what is left out"


def test_host_cpu_is_the_difference_in_seconds_of_one_core() -> None:
    host = wrk.host_cpu(BEFORE, AFTER)
    assert host.capacity_s == pytest.approx(10.0)  # 250 + 50 + 100 + 400 + 100 + 20 + 30 + 50 ticks
    assert host.busy_s == pytest.approx(4.5)  # without idle, iowait and steal
    assert host.steal_s == pytest.approx(0.5)


def test_guest_time_is_not_counted_twice() -> None:
    assert wrk.host_cpu("cpu  0 0 0 0 0 0 0 0 0 0", "cpu  100 0 0 0 0 0 0 0 100 0").capacity_s == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("nofile", "wished", "given", "remembered"),
    [(20_000, 20_000, 19_800, 20_000), (20_000, 19_800, 19_800, None), (1 << 20, 20_000, 20_000, None)],
)
def test_connections_fit_the_hosts_limit_and_remember_the_wish(
    nofile: int, wished: int, given: int, remembered: int | None
) -> None:
    load = wrk.fit(make_load(connections=wished), nofile=nofile)
    assert (load.connections, load.published_connections) == (given, remembered)


@pytest.mark.parametrize(
    ("nofile", "given", "remembered"), [(64, 1, 100), (256, 1, 100), (300, 100, None), (wrk.UNKNOWN, 100, None)]
)
def test_some_connection_is_left_however_low_the_limit_and_all_if_it_is_not_known(
    nofile: int, given: int, remembered: int | None
) -> None:
    load = wrk.fit(make_load(connections=100), nofile=nofile)
    assert (load.connections, load.published_connections) == (given, remembered)


@pytest.mark.parametrize(
    ("connections", "processes", "threads"),
    [(1, 1, 1), (10_000, 1, 2), (10_001, 2, 2), (19_800, 2, 2), (20_000, 2, 2), (20_001, 3, 2)],
)
def test_the_tool_gets_the_total_of_connections_and_enough_processes(
    connections: int, processes: int, threads: int
) -> None:
    load = make_load(connections=connections, threads=2)
    argv = wrk.command(load, make_workload(), url="http://proxy:8080", answer=None, match="any").argv
    assert wrk.processes_needed(connections) == processes
    assert argv == ("offer", str(processes), str(threads), str(connections), "10", "10", "http://proxy:8080/health")


def test_the_command_says_what_must_be_answered() -> None:
    command = wrk.command(
        make_load(duration_s=0.3), make_workload(status=201, method="POST"), url="http://a", answer="ok", match="exact"
    )
    assert command.environment == {
        "LAB_METHOD": "POST",
        "LAB_STATUS": "201",
        "LAB_MATCH": "exact",
        "LAB_EXPECT": "ok",
    }
    assert command.argv[4] == "1"  # wrk knows whole seconds only


def test_no_answer_is_expected_where_any_will_do() -> None:
    command = wrk.command(make_load(), make_workload(), url="http://a", answer=None, match="any")
    assert "LAB_EXPECT" not in command.environment

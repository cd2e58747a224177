import json
from typing import Any

import pytest
from unit_factories import make_load, make_workload

from lab.errors import LabError
from lab.load import histogram, wrk
from lab.model import Errors

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
    result, _ = wrk.parse(output(report(), other))
    assert (result.requests, result.bytes_read, result.elapsed_s) == (10, 350, 1.2)
    assert result.errors == Errors(connect=2, read=4, write=6, timeout=8, status=10, body=12)
    assert result.per_100ms == (2, 3, 5)
    assert result.histogram == histogram.encode([(1000, 5), (5000, 1), (9000, 4)])


def test_what_else_was_printed_does_not_count() -> None:
    assert wrk.parse("hello\n" + output(report()))[0].requests == 3


@pytest.mark.parametrize("text", ["", output(), report(), f"{BEFORE}\n{report()}\n", "wrk: cannot connect"])
def test_a_missing_part_is_an_error_that_shows_what_there_was(text: str) -> None:
    with pytest.raises(LabError, match="wrk printed no result") as caught:
        wrk.parse(text)
    assert caught.value.where == (text or "no output at all")


def test_a_report_that_was_cut_off_is_an_error_in_words() -> None:
    with pytest.raises(LabError):
        wrk.parse(output(report()[:40]))


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


@pytest.mark.parametrize("nofile", [0, 64, 256])
def test_some_connection_is_left_however_low_the_limit_or_if_it_is_not_known(nofile: int) -> None:
    assert wrk.fit(make_load(connections=100), nofile=nofile).connections >= 1


@pytest.mark.parametrize(
    ("connections", "processes", "each"), [(1, 1, 1), (10_000, 1, 10_000), (19_800, 2, 9900), (20_000, 2, 10_000)]
)
def test_connections_are_split_over_processes(connections: int, processes: int, each: int) -> None:
    assert wrk.processes_needed(connections) == processes
    argv = wrk.command(
        make_load(connections=connections, threads=2),
        make_workload(),
        url="http://proxy:8080",
        answer=None,
        match="any",
    ).argv
    assert argv == ("offer", str(processes), str(min(2, each)), str(each), "10", "http://proxy:8080/health")


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

import json
from typing import Any

import pytest

from lab import load as loads
from lab.errors import LabError
from lab.load import histogram
from lab.model import Burst, Closed, ErrorCounts, LoadResult, Open, OpenRound, Sample
from tests.unit.unit_factories import make_result, make_sample, make_workload

LOAD = Open(rate=200, arrivals="poisson", connections=64, duration_s=6)
OPEN = loads.kind(LOAD)


def encoded(us: int, count: int = 1000) -> str:
    return histogram.encode([(us, count)])


def parse(**counted: Any) -> LoadResult:
    given: dict[str, Any] = {"offered": 1000, "sent": 1000, "answered": 1000, "dropped": 0, "bytes": 2000, "errors": {}}
    report = {
        "counted": given | counted,
        "histograms": {"latency_us": encoded(3000), "service_us": encoded(2000), "send_lag_us": encoded(100)},
        "per_100ms": {"answered": [20] * 60},
        "elapsed_s": 6.1,
        "ramp_s": 1.0,
        "steady_s": 5.0,
        "generator": {"thread_cpu_s": [0.1]},
    }
    printed = f"cpu  0 0 0 0 0 0 0 0\nramp\nover\ncpu  50 0 50 100 0 0 0 0\n{json.dumps(report)}\n"
    result, _ = OPEN.parse(printed, LOAD)
    return result


def sample(*, latency_us: int = 20_000, lag_us: int = 100, dropped: int = 0) -> Sample:
    one = OpenRound(offered=1000, dropped=dropped, service=encoded(latency_us - lag_us), send_lag=encoded(lag_us))
    return make_sample(result=make_result(histogram=encoded(latency_us), open_loop=one))


def test_pace_is_told_rate_arrivals_cap_and_a_ramp_that_does_not_count() -> None:
    command = OPEN.command(LOAD, make_workload(), url="http://proxy:8080", answers=["ok"])
    options = dict(zip(command.argv[1:-2:2], command.argv[2:-2:2], strict=True))
    assert options == {"--arrivals": "poisson", "--ramp": "1s", "--cap": "64"}
    assert command.argv[-2:] == ("200:6s", "http://proxy:8080/health")
    assert command.environment["LAB_RIGHT"] == "200\x1f=ok"


def test_of_a_short_round_the_ramp_is_a_quarter() -> None:
    command = OPEN.command(Open(rate=5, duration_s=2), make_workload(), url="http://a", answers=())
    assert (command.argv[4], command.argv[-2]) == ("0.5s", "5:2s")


def test_what_became_of_the_requests_is_kept_beside_the_latency() -> None:
    result = parse(answered=990, dropped=4, sent=996, errors={"timeout": 6})
    assert result.open_loop == OpenRound(offered=1000, dropped=4, service=encoded(2000), send_lag=encoded(100))
    assert (result.requests, result.histogram, result.errors) == (990, encoded(3000), ErrorCounts(timeout=6))
    assert (result.ramp_s, result.steady_s, result.elapsed_s, result.bytes_read) == (1.0, 5.0, 6.1, 2000)
    assert result.requests_per_second == 200


def test_output_that_is_not_whole_is_an_error_in_words() -> None:
    with pytest.raises(LabError, match="pace printed no complete result"):
        OPEN.parse("pace: no host has the name", LOAD)


def test_a_round_that_was_sent_in_time_is_believed() -> None:
    assert list(OPEN.reasons(LOAD, [sample(), sample()])) == []


def test_a_row_that_drops_requests_does_not_keep_up_with_its_rate() -> None:
    (reason,) = OPEN.reasons(LOAD, [sample(), sample(dropped=1)])
    assert reason == (
        "1 of 2,000 requests that were due were dropped, as 64 were under way: 200/s are more than it keeps up with"
    )


@pytest.mark.parametrize(
    ("latency_us", "lag_us", "late"),
    [(5000, 990, False), (5000, 1010, True), (40_000, 3900, False), (40_000, 4100, True)],
)
def test_a_generator_that_was_late_by_a_millisecond_and_a_tenth_of_the_latency_is_not_believed(
    latency_us: int, lag_us: int, *, late: bool
) -> None:
    reasons = list(OPEN.reasons(LOAD, [sample(latency_us=latency_us, lag_us=lag_us)]))
    assert [reason.startswith("the load generator was late: its send lag's p99 is") for reason in reasons] == [
        True
    ] * late


def test_what_was_offered_sent_and_dropped_and_how_late_is_noted() -> None:
    rounds = [sample(), sample(dropped=2)]
    latency = histogram.latency([encoded(20_000)])
    assert latency is not None
    assert list(OPEN.notes(LOAD, rounds, latency)) == [
        "of 2,000 requests that were due 1,998 were sent and 2 dropped; the send lag's p99 is 100 µs"
    ]


def test_it_is_warmed_as_a_closed_loop_is() -> None:
    assert OPEN.warming(LOAD, seconds=1, delay_s=0) == Closed(connections=64, threads=1, duration_s=1)
    assert OPEN.warming(LOAD, seconds=1, delay_s=2) == Burst(connections=1)


def test_its_words_say_the_rate_and_how_requests_come() -> None:
    words = OPEN.words(LOAD, workload="ping", count=lambda noun: f"64 {noun}s")
    assert words == "ping by pace, open loop, 200/s, poisson arrivals, at most 64 requests under way, 6 s a round"

import json
from dataclasses import replace
from typing import Any

import pytest

from lab.errors import LabError
from lab.load import histogram, pace
from lab.load.pace import Target
from lab.model import UNDER_WAY, ErrorCounts
from tests.unit.unit_factories import make_workload

BEFORE, AFTER = "cpu  0 0 0 0 0 0 0 0", "cpu  50 0 50 100 0 0 0 0"
ONE = Target(url="http://198.18.0.2:8080", workload=make_workload(tokens=("a",)), answers=["ok"])
OTHER = replace(ONE, url="http://198.18.1.2:8080", workload=make_workload(tokens=("b",)))


def report(**changes: Any) -> str:
    latency = histogram.encode([(1000, 100)])
    counted = {"offered": 100, "sent": 100, "answered": 100, "dropped": 0, "bytes": 200, "errors": {"read": 0}}
    given: dict[str, Any] = {
        "target": "http://a",
        "counted": counted,
        "histograms": {"latency_us": latency, "service_us": latency, "send_lag_us": latency},
        "per_100ms": {"answered": [0, 50, 50]},
        "elapsed_s": 2.1,
        "ramp_s": 1.0,
        "steady_s": 1.0,
        "generator": {"thread_cpu_s": [0.25, 0.5]},
    }
    return json.dumps(given | {"counted": {**counted, **changes}})


def printed(*reports: str) -> str:
    return "\n".join([BEFORE, "ramp", "over", AFTER, *reports])


def test_both_targets_are_asked_at_the_whole_rate_for_the_ramp_and_what_counts() -> None:
    argv = pace.command([ONE, OTHER], rate=190, ramp_s=1, counted_s=5).argv
    assert argv[0] == "pace"
    assert argv[-3:] == ("190:6s", "http://198.18.0.2:8080/health", "http://198.18.1.2:8080/health")
    assert argv[argv.index("--ramp") + 1] == "1s"
    assert argv[argv.index("--cap") + 1] == str(UNDER_WAY)


def test_the_second_target_has_variables_of_its_own_since_tokens_differ() -> None:
    environment = pace.command([ONE, OTHER], rate=1, ramp_s=1, counted_s=1).environment
    assert (environment["LAB_TOKENS"], environment["LAB_2_TOKENS"]) == ("a", "b")
    assert environment["LAB_RIGHT"] == environment["LAB_2_RIGHT"] == "200\x1f=ok"


def test_what_became_of_each_target_is_told_in_their_order() -> None:
    (one, other), host = pace.parse(printed(report(), report(answered=98, dropped=1, errors={"timeout": 1, "body": 2})))
    assert (one.offered, one.answered, one.whole, one.steady_s) == (100, 100, True, 1.0)
    assert one.per_100ms == (0, 50, 50)
    assert one.generator_cpu_s == 0.75
    assert (other.answered, other.dropped, other.errors, other.whole) == (98, 1, ErrorCounts(timeout=1, body=2), False)
    assert host.busy_s == 1.0


def test_a_generator_that_printed_nothing_is_an_error_in_words() -> None:
    with pytest.raises(LabError, match="pace printed no complete result"):
        pace.parse("pace: --cap 0")


def test_each_request_is_told_in_seconds_beside_the_reports() -> None:
    line = {"target": 0, "number": 7, "place": 2, "due_us": 1_500_000, "sent_us": 1_500_010, "end_us": 1_750_000}
    refused = json.dumps({**line, "end": "answered", "status": 503, "again": True, "unique": "ab", "body": "{}"})
    cut = json.dumps({**line, "number": 8, "end": "read"})
    output = printed(f"each {refused}", f"each {cut}", report())
    first, second = pace.each(output)
    assert (first.number, first.place, first.due_s, first.end_s) == (7, 2, 1.5, 1.75)
    assert (first.end, first.status, first.again, first.unique, first.body) == ("answered", 503, True, "ab", "{}")
    assert (second.end, second.status, second.again, second.unique, second.body) == ("read", None, False, "", "")
    assert pace.parse(output)[0][0].answered == 100
    with pytest.raises(LabError, match="no complete result"):
        pace.each("each {}")


def test_other_options_of_pace_stand_before_the_schedule() -> None:
    argv = pace.command([ONE], rate=5, ramp_s=0, counted_s=4, more=("--each", "--seed", "3")).argv
    assert argv[-5:] == ("--each", "--seed", "3", "5:4s", "http://198.18.0.2:8080/health")

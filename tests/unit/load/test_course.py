import json
from typing import Any

import pytest

from lab.errors import LabError
from lab.load import course, histogram
from lab.load.pace import Target
from lab.model.evidence import Course, WrongAnswers
from tests.unit.unit_factories import make_workload

TARGET = Target(url="http://app:8080", workload=make_workload(), answers=["ok"])


def printed(*, errors: dict[str, int] | None = None, **changes: Any) -> str:
    answered, late = histogram.encode([(100_000, 90)]), histogram.encode([(2_000, 100)])
    report: dict[str, Any] = {
        "counted": {
            "offered": 100,
            "sent": 100,
            "answered": 90,
            "dropped": 0,
            "bytes": 1,
            "errors": errors or {},
        },
        "wrong_status": {},
        "histograms": {"latency_us": answered, "service_us": answered, "send_lag_us": late},
        "per_100ms": {
            "sent": [10] * 10 + [0] * 5,
            "answered": [0] + [9] * 10 + [0] * 4,
            "failed": [0] * 15,
            "dropped": [0] * 15,
        },
        "elapsed_s": 1.5,
        "ramp_s": 0,
        "steady_s": 1.0,
        "generator": {"thread_cpu_s": [0.1, 0.3]},
    }
    stat = "cpu  0 0 0 0 0 0 0 0"
    return "\n".join([stat, "ramp", "over", stat, json.dumps(report | changes)])


def read(output: str) -> Course:
    return course.parse(output, rate=100, duration_s=1)


def test_a_client_gives_up_when_it_is_told_and_the_start_of_the_load_counts() -> None:
    argv = course.command(TARGET, rate=500, duration_s=10, timeout_s=4).argv
    assert argv[:3] == ("pace", "--timeout", "4s")
    assert argv[argv.index("--ramp") + 1] == "0s"
    assert argv[-2:] == ("500:10s", "http://app:8080/health")


def test_those_under_way_are_counted_until_the_load_is_over() -> None:
    found = read(printed())
    assert found.under_way == (10, 11, 12, 13, 14, 15, 16, 17, 18, 19)
    assert found.lag_p50_ms == pytest.approx(2.0, rel=0.01)
    assert found.generator_share == 0.3
    assert found.latency is not None


def test_a_wrong_answer_is_an_answer_and_a_request_that_was_given_up_is_none() -> None:
    tenths = {"sent": [10, 10], "answered": [0, 5], "failed": [0, 10], "dropped": [0, 0]}
    wrong = read(printed(errors={"status": 10}, per_100ms=tenths))
    assert wrong.under_way == (10, 15)
    assert wrong.answered == 80
    given_up = read(printed(errors={"timeout": 10}, per_100ms=tenths))
    assert given_up.under_way == (10, 5)
    assert given_up.failed_first_s == 0.1


def test_wrong_statuses_are_told_apart() -> None:
    told = {"count": 12, "first_s": 3.2, "fastest_ms": 3000.1, "slowest_ms": 3003.5}
    found = read(printed(wrong_status={"504": told}))
    assert found.refusals == {504: WrongAnswers(count=12, first_s=3.2, fastest_ms=3000.1, slowest_ms=3003.5)}


def test_the_output_of_an_old_image_is_no_complete_result() -> None:
    with pytest.raises(LabError, match="no complete result"):
        read(printed().replace("wrong_status", "something_else"))

import json
from typing import Any

import pytest

from lab.errors import LabError
from lab.load import pace
from lab.load.pace import Target
from tests.unit.unit_factories import make_workload

TARGET = Target(url="http://198.18.0.2:8080", workload=make_workload(path="/ping", body="pong"), answers=("pong",))
REPORT = {
    "counted": {"offered": 20, "sent": 19, "answered": 18, "dropped": 1, "errors": {}, "bytes": 80},
    "histograms": {"latency_us": "a", "service_us": "b", "send_lag_us": "c"},
    "per_100ms": {"offered": [10, 10], "answered": [9, 9]},
    "elapsed_s": 0.3,
    "ramp_s": 0.1,
    "steady_s": 0.2,
    "generator": {"thread_cpu_s": [0.25, 0.5]},
}


def printed(*reports: dict[str, Any]) -> str:
    lines = ["cpu  0 0 0 0 0 0 0 0", "ramp", "over", "cpu  50 0 50 100 0 0 0 0", *map(json.dumps, reports)]
    return "\n".join(lines)


def test_the_generator_is_told_rate_and_length_and_asks_each_target_for_its_path() -> None:
    command = pace.command([TARGET, TARGET], rate=250.0, ramp_s=1.0, counted_s=9.5)
    assert command.argv[0] == "pace"
    assert command.argv[-3:] == ("250:10.5s", "http://198.18.0.2:8080/ping", "http://198.18.0.2:8080/ping")
    assert command.argv[command.argv.index("--ramp") + 1] == "1s"


def test_the_second_target_has_variables_of_its_own() -> None:
    environment = pace.command([TARGET, TARGET], rate=1, ramp_s=1, counted_s=1).environment
    assert environment["LAB_RIGHT"] == environment["LAB_2_RIGHT"] != ""


def test_what_became_of_the_requests_is_read_for_each_target_in_their_order() -> None:
    other = {**REPORT, "counted": {**REPORT["counted"], "answered": 20, "sent": 20, "dropped": 0}}  # type: ignore[dict-item]
    (first, second), host = pace.parse(printed(REPORT, other))
    assert (first.offered, first.sent, first.answered, first.dropped) == (20, 19, 18, 1)
    assert (first.per_100ms, first.generator_cpu_s, first.bytes_read) == ((9, 9), 0.75, 80)
    assert (first.latency, first.service, first.send_lag) == ("a", "b", "c")
    assert (first.whole, second.whole) == (False, True)
    assert host.busy_s == 1.0


@pytest.mark.parametrize("part", REPORT)
def test_a_report_that_lacks_a_part_is_refused_in_words(part: str) -> None:
    lacking = {name: value for name, value in REPORT.items() if name != part}
    with pytest.raises(LabError, match="pace printed no whole result"):
        pace.parse(printed(lacking))

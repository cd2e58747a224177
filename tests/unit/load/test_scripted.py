import json

import pytest

from lab.errors import UsageError
from lab.load import histogram, protocol, scripted
from lab.model import Closed, ErrorCounts, Script, Scripted
from tests.unit.unit_factories import make_sample, make_workload

LUA = Script(tool="wrk", file="bench/load.lua", text="wrk.method = 'PUT'")
LOCUST = Script(tool="locust", file="locustfile.py", text="from locust import HttpUser")
BASE = Closed(connections=20, threads=2, duration_s=4)


def test_a_script_gets_the_loop_that_any_workload_gets_and_keeps_which_script_it_was() -> None:
    found = scripted.load(LUA, BASE)
    assert (found.tool, found.connections, found.threads, found.duration_s) == ("wrk", 20, 2, 4)
    assert found.script == "bench/load.lua"
    assert len(found.sha256) == 64
    assert found.sha256 != scripted.load(LOCUST, BASE).sha256


def test_wrk_gets_the_script_and_counts_as_errors_what_it_always_does() -> None:
    command = scripted.command(scripted.load(LUA, BASE), make_workload(script=LUA), url="http://web:80", answers=())
    assert command.argv == ("offer", "1", "2", "20", "4", "10", "http://web:80/health")
    assert command.environment["LAB_SCRIPT"] == LUA.text
    statuses, _, body = command.environment["LAB_RIGHT"].partition(protocol.FIELD)
    assert (statuses.split()[0], statuses.split()[-1], body) == ("200", "399", "")
    assert "LAB_REQUESTS" not in command.environment


def test_locust_gets_the_script_and_no_more_processes_than_users() -> None:
    load = scripted.load(LOCUST, Closed(connections=1, threads=2, duration_s=4))
    command = scripted.command(load, make_workload(script=LOCUST), url="http://web:80", answers=())
    assert command.argv == ("visit", "1", "1", "1", "4", "http://web:80")
    assert command.environment == {"LAB_SCRIPT": LOCUST.text}


def test_a_round_is_read_as_that_of_the_tool() -> None:
    marks = {"start": 1.0, "ramp": 2.0, "over": 6.0}
    requests = [[3.0, 1000, None, 5], [3.1, 1000, "status", 5], [3.2, 1000, "body", 5]]
    output = "\n".join(
        ["cpu  0 0 0 0 0 0 0 0", "cpu  50 0 50 100 0 0 0 0", json.dumps({"requests": requests, "marks": marks})]
    )
    result, _ = scripted.parse(output, scripted.load(LOCUST, BASE))
    assert (result.requests, result.steady_s) == (3, 4.0)
    assert result.errors == ErrorCounts(status=1, body=1)
    report = {
        "requests": 9,
        "bytes": 90,
        "duration_us": 4_000_000,
        "errors": {"connect": 0, "read": 0, "write": 0, "timeout": 0, "status": 3, "body": 0},
        "per_100ms": [1] * 9,
        "latency_us": [[100, 9]],
    }
    output = "\n".join(["cpu  0 0 0 0 0 0 0 0", "cpu  50 0 50 100 0 0 0 0", json.dumps(report)])
    result, _ = scripted.parse(output, scripted.load(LUA, BASE))
    assert (result.requests, result.errors.status) == (9, 3)


def test_it_is_warmed_by_itself_with_few_connections() -> None:
    warm = scripted.warming(
        scripted.load(LUA, Closed(connections=900, threads=4, duration_s=9)), seconds=0.5, delay_s=0
    )
    assert isinstance(warm, Scripted)
    assert (warm.connections, warm.threads, warm.duration_s) == (64, 1, 1.0)


@pytest.mark.parametrize(("script", "words"), [(LUA, "only statuses were counted"), (LOCUST, "calls a failure")])
def test_a_row_says_who_has_checked_its_answers(script: Script, words: str) -> None:
    load = scripted.load(script, BASE)
    latency = histogram.latency([make_sample().result.histogram])
    assert latency is not None
    (note,) = scripted.notes(load, (), latency)
    assert note.startswith("checked by the script, not by the lab")
    assert words in note
    said = scripted.words(load, workload="script", count=lambda noun: f"20 {noun}s")
    assert f"which runs {script.file} (checked by the script, not by the lab)" in said


def test_a_script_that_no_variable_can_hold_is_refused() -> None:
    with pytest.raises(UsageError, match="too long"):
        scripted.load(Script(tool="wrk", file="a.lua", text="-" * protocol.LONGEST_BYTES), BASE)


def test_it_is_nothing_for_a_duet() -> None:
    assert not scripted.DUETS
    assert not scripted.CHECKED_BY_THE_LAB

import json
from dataclasses import replace

import pytest
from pydantic import JsonValue

from lab.errors import LabError
from lab.load import protocol
from lab.model import Request, Workload
from tests.unit.unit_factories import make_workload

BEFORE = "cpu  100 0 100 1000 0 0 0 0 0 0"
AFTER = "cpu  350 50 200 1400 100 20 30 50 0 0"
FILE = Request(path="/static/1m.txt", size_bytes=1 << 20, sha256="0" * 64)


def routes(*numbers: str) -> tuple[Request, ...]:
    return tuple(Request(path=f"/api/r{number}/42", body={"route": number}) for number in numbers)


def test_the_scripts_are_told_what_to_ask_and_what_must_be_answered() -> None:
    headers = ("X-Token", "lab"), ("X-Other", "a: b")
    workload = make_workload(statuses=(201, 202), method="POST", headers=headers, sent='{"n":1}')
    assert protocol.environment(workload, ["ok"]) == {
        "LAB_REQUESTS": 'POST\x1f/health\x1fX-Token: lab\nX-Other: a: b\x1f{"n":1}',
        "LAB_RIGHT": "201 202\x1f=ok",
    }


def test_the_scripts_are_told_in_which_turns_to_ask_and_with_whose_tokens() -> None:
    given = protocol.environment(make_workload(requests=routes("01", "02"), turns=(0, 0, 1), tokens=("a", "b")), [])
    assert (given["LAB_TURNS"], given["LAB_TOKENS"]) == ("0 0 1", "a\nb")


def right(workload: Workload, answers: list[str]) -> list[str]:
    """What is right for each request, statuses left out."""
    records = protocol.environment(workload, answers)["LAB_RIGHT"].split(protocol.BETWEEN)
    return [record.partition(protocol.FIELD)[2] for record in records]


def test_an_answer_that_does_not_change_must_come_again_though_the_contract_does_not_say_which_it_is() -> None:
    asked = Request(path="/item/1", fixed=True)
    assert right(make_workload(requests=(asked,)), ["this"]) == ["=this"]
    mixed = make_workload(requests=(asked, replace(asked, fixed=False)))
    assert right(mixed, ["this", "that"]) == ["=this", ""]


def test_requests_that_are_too_long_for_a_variable_are_refused_in_words() -> None:
    long = make_workload(sent="x" * protocol.LONGEST_BYTES)
    with pytest.raises(LabError, match="the requests of health are too long"):
        protocol.environment(long, [])


def test_every_request_has_its_own_answer_and_its_own_statuses() -> None:
    first, second = routes("01", "02")
    workload = make_workload(requests=(first, replace(second, statuses=(200, 404))))
    given = protocol.environment(workload, ['{"route":"01"}\n', '{"route":"02"}\n'])
    assert given["LAB_REQUESTS"] == "GET\x1f/api/r01/42\x1f\x1f\x1eGET\x1f/api/r02/42\x1f\x1f"
    assert given["LAB_RIGHT"] == '200\x1f={"route":"01"}\n\x1e200 404\x1f={"route":"02"}\n'


def test_a_file_too_long_for_a_variable_is_told_by_its_length_and_what_fits_beside_it_is_not() -> None:
    assert right(make_workload(requests=(FILE,)), ["ä" * (1 << 19)]) == [f"#{1 << 20}"]
    assert right(make_workload(requests=(FILE, *routes("01"))), ["x" * 70_000, "short"]) == ["#70000", "=short"]


def test_of_a_body_that_changes_and_keeps_its_length_the_length_is_told() -> None:
    assert right(make_workload(requests=(Request(path="/", size_bytes=8),)), ["12:00:01"]) == ["#8"]


def test_a_short_file_is_compared_whole() -> None:
    assert right(make_workload(requests=(replace(FILE, size_bytes=4),)), ["text"]) == ["=text"]


@pytest.mark.parametrize(("body", "answers"), [(None, ["whatever"]), ("ok", [])])
def test_any_body_will_do_where_the_contract_fixes_none_or_nobody_verified_one(
    body: JsonValue, answers: list[str]
) -> None:
    assert right(make_workload(body=body), answers) == [""]


def test_an_empty_body_is_an_answer_too() -> None:
    assert right(make_workload(body=""), [""]) == ["="]


def test_what_else_was_printed_does_not_count() -> None:
    reports, _ = protocol.read(f'hello\n{BEFORE}\nramp\n{{"a": 1}}\nover\n{AFTER}\n', tool="wrk")
    assert reports == [{"a": 1}]


REPORT = json.dumps({"requests": 3})


@pytest.mark.parametrize(
    "text",
    ["", f"{BEFORE}\n{AFTER}", REPORT, f"{BEFORE}\n{REPORT}\n", "cannot connect", f"{BEFORE}\n{REPORT[:5]}\n{AFTER}"],
)
def test_a_missing_part_is_an_error_that_shows_what_there_was(text: str) -> None:
    with pytest.raises(LabError, match="burst printed no complete result") as caught:
        protocol.read(text, tool="burst")
    assert caught.value.where == (text or "no output at all")


def test_one_report_that_was_cut_off_spoils_the_round_however_many_others_were_not() -> None:
    with pytest.raises(LabError, match="no complete result"):
        protocol.read(f"{BEFORE}\n{REPORT}\n{REPORT[:5]}\n{AFTER}", tool="wrk")


def test_host_cpu_is_the_difference_in_seconds_of_one_core() -> None:
    host = protocol.host_cpu(BEFORE, AFTER)
    assert host.capacity_s == pytest.approx(10.0)  # 250 + 50 + 100 + 400 + 100 + 20 + 30 + 50 ticks
    assert host.busy_s == pytest.approx(4.5)  # without idle, iowait and steal
    assert host.steal_s == pytest.approx(0.5)


def test_guest_time_is_not_counted_twice() -> None:
    host = protocol.host_cpu("cpu  0 0 0 0 0 0 0 0 0 0", "cpu  100 0 0 0 0 0 0 0 100 0")
    assert host.capacity_s == pytest.approx(1.0)

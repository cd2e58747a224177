import json
from collections.abc import Mapping

import pytest

from lab.deploy import request_log
from lab.deploy.request_log import LogLine
from lab.errors import UsageError

ID = "ab12cd34-0001"
HEARD = "2026-11-28T02:00:09.000000001Z"


def line(tier: str, fields: Mapping[str, object] | str, heard: str = HEARD) -> LogLine:
    text = fields if isinstance(fields, str) else json.dumps(fields, separators=(",", ":"))
    return LogLine(tier=tier, heard=heard, text=text)


def at(second: int, **fields: object) -> dict[str, object]:
    return {"time": f"2026-11-28T02:00:{second:02}.000Z", **fields}


def found(*lines: LogLine, of: str = ID) -> list[tuple[str, str]]:
    written: dict[str, list[LogLine]] = {}
    for one in lines:
        written.setdefault(one.tier, []).append(one)
    return [(one.tier, one.text) for one in request_log.joined(written, of)]


def test_the_lines_of_a_request_are_joined_by_their_own_time() -> None:
    late = line("nginx", at(3, request_id=ID))
    early = line("app", at(1, request_id=ID))
    other = line("app", at(2, request_id="another"))
    assert found(late, other, early) == [("app", early.text), ("nginx", late.text)]


def test_a_line_without_a_time_of_its_own_has_that_at_which_the_engine_got_it() -> None:
    plain = line("proxy", f"GET / {ID} 200", "2026-11-28T02:00:02.5Z")
    before, after = line("app", at(2, request_id=ID)), line("app", at(3, request_id=ID))
    assert [tier for tier, _ in found(after, plain, before)] == ["app", "proxy", "app"]
    assert found(line("app", at(1, request_id=ID), "no time"), line("proxy", f"{ID}", "no time"))[0][0] == "proxy"


def test_the_worker_s_line_is_found_by_the_order_that_the_request_made() -> None:
    made = line("app", at(1, request_id=ID, order=7))
    done = line("worker", at(2, message="order", order=7, status="done"))
    others = [
        line("worker", at(2, message="order", order=8)),
        line("worker", at(2, message="order", order="7")),
        line("app", at(3, request_id="again", order=7)),
    ]
    assert [tier for tier, _ in found(made, done, *others)] == ["app", "worker"]


def test_a_request_that_made_no_order_takes_no_line_of_an_order() -> None:
    assert [tier for tier, _ in found(line("app", at(1, request_id=ID)), line("worker", at(2, order=7)))] == ["app"]


def test_an_id_in_another_text_is_no_line_of_that_request() -> None:
    assert found(line("app", at(1, request_id="another", path=f"/{ID}"))) == []
    assert found(line("proxy", f"x{ID}"), line("proxy", f"{ID}-2"), line("proxy", f"{ID}.1")) == []
    assert len(found(line("proxy", f"[{ID}]"), line("proxy", f'id="{ID}"'))) == 2


def test_a_short_id_is_looked_for_in_json_only() -> None:
    assert found(line("postgres", "checkpoint 7 complete"), line("app", at(1, request_id="7")), of="7")[0][0] == "app"
    assert len(found(line("postgres", "checkpoint 7 complete"), of="7")) == 0


@pytest.mark.parametrize("broken", ["{", '{"request_id": ', "[]", "{}", '{"time": 5}', "", "null"])
def test_what_is_no_json_or_of_another_shape_is_a_text(broken: str) -> None:
    (one,) = request_log.told("app", f"{HEARD} {broken} {ID}")
    assert request_log.joined({"app": [one]}, ID) == [one]
    assert one.time.isoformat() == "2026-11-28T02:00:09+00:00"


def test_a_log_as_the_engine_tells_it_is_split_into_lines() -> None:
    lines = [*request_log.told("app", f"{HEARD} one  two\n{HEARD} \n")]
    assert [(one.tier, one.heard, one.text) for one in lines] == [("app", HEARD, "one  two"), ("app", HEARD, "")]


@pytest.mark.parametrize("wrong", ["", "a b", "ä", "a/b", "a" * 65, "id\n", "$(id)"])
def test_what_can_be_no_id_is_refused(wrong: str) -> None:
    with pytest.raises(UsageError, match="is not the id of a request"):
        request_log.require_form(wrong)


@pytest.mark.parametrize("right", ["a", "a" * 64, "A.b_c-9"])
def test_an_id_as_the_service_takes_it_is_one(right: str) -> None:
    request_log.require_form(right)

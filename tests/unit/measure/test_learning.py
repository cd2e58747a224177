import json
from itertools import count
from typing import Any

import pytest

from lab.catalog.stackfile import AnswerLab
from lab.measure import learning
from lab.measure.learning import OneAnswer, in_common
from lab.model import Credentials, Request, Script
from tests.unit.unit_factories import make_workload
from tests.unit.unit_project import Answering


def seen(status: int = 200, kind: str = "text/html", body: bytes = b"<p>", value: Any = None) -> OneAnswer:
    if value is not None:
        body = json.dumps(value).encode()
    return OneAnswer(status=status, content_type=kind, body=body, json=value, keys=tuple(value or ()))


JSON = "application/json"


@pytest.mark.parametrize(
    ("first", "second", "answer"),
    [
        (seen(), seen(), {"status": 200, "type": "text/html", "body": "<p>"}),
        (seen(404), seen(404), {"status": 404, "type": "text/html", "body": "<p>"}),
        (seen(201), seen(409), {"status": [201, 409], "type": "text/html", "body": "<p>"}),
        (seen(422, body=b"a"), seen(422, body=b"bc"), {"status": 422, "type": "text/html"}),
        (seen(body=b"12:00:01"), seen(body=b"12:00:02"), {"status": 200, "type": "text/html", "bytes": 8}),
        (seen(body=b"x" * 2001), seen(body=b"x" * 2001), {"status": 200, "type": "text/html", "bytes": 2001}),
        (seen(body=b"\xff\x00"), seen(body=b"\xff\x00"), {"status": 200, "type": "text/html", "bytes": 2}),
        (seen(204, "", b""), seen(204, "", b""), {"status": 204, "bytes": 0}),
        (
            seen(kind=JSON, value={"a": 1}),
            seen(kind=JSON, value={"a": 1}),
            {"status": 200, "type": JSON, "body": {"a": 1}},
        ),
        (
            seen(kind=JSON, value={"a": 1, "b": 2}),
            seen(kind=JSON, value={"a": 2, "c": 3}),
            {"status": 200, "type": JSON, "keys": ["a"]},
        ),
        (seen(), seen(kind="text/plain"), {"status": 200, "body": "<p>"}),
    ],
)
def test_what_both_answers_share_is_right(first: OneAnswer, second: OneAnswer, answer: dict[str, Any]) -> None:
    found, _ = in_common(first, second)
    assert found == answer
    assert AnswerLab.model_validate(found)


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (seen(200), seen(302, "text/plain", b"gone"), "differs in everything"),
        (seen(502), seen(502), "status 502, which is never right"),
        (seen(), OneAnswer(why="ConnectionError"), "no answer: ConnectionError"),
    ],
)
def test_of_what_has_nothing_in_common_or_is_an_error_nothing_is_learned(
    first: OneAnswer, second: OneAnswer, words: str
) -> None:
    found, said = in_common(first, second)
    assert found is None
    assert words in said


def test_each_request_is_asked_twice_as_who_has_signed_in(server: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "APART_S", 0)
    numbers = count()
    server.answers["/new"] = (201, JSON, '{"id": 1, "at": 0}')
    server.later["/new"] = lambda: (201, JSON, json.dumps({"id": 2, "at": next(numbers)}))
    workload = make_workload(
        name="own",
        requests=(Request(path="/health"), Request(path="/new", method="POST")),
        sign_in=Credentials(headers=(("X-Key", "k"),)),
    )
    scripted = make_workload(name="load", script=Script(tool="wrk", file="a.lua", text=""))
    first, second = learning.learn(server.url, [workload, scripted])
    assert (first.place, first.answer) == (0, {"status": 200, "type": "text/plain", "body": "ok"})
    assert (second.place, second.answer) == (1, {"status": 201, "type": JSON, "keys": ["id", "at"]})
    assert len(server.received) == 4
    assert {headers["X-Key"] for headers in server.received} == {"k"}


def test_an_entry_that_is_gone_is_told_with_its_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "APART_S", 0)
    found = learning.learn("http://127.0.0.1:1", [make_workload()])
    assert learning.summary(found) == ["GET /health: no answer: ConnectionError"]

import json
from pathlib import Path

import pytest

from lab.catalog import ownwork, yamlfile
from lab.catalog.stackfile import StackLab
from lab.errors import UsageError
from lab.model import Credentials, Script

LAB = {
    "title": "A shop",
    "entry": {"service": "web", "port": 80},
    "tiers": {"web": "nginx"},
    "memory": {"web": 1},
    "workloads": ["order", "both"],
    "requests": {
        "order": [
            {
                "path": "/orders",
                "method": "POST",
                "headers": {"X-Shop": 1},
                "body": {"item": 5},
                "answer": {"status": [201, 409], "type": "application/json", "keys": ["id"]},
            }
        ],
        "both": [{"path": "/a", "answer": {"bytes": 3}}, {"path": "/b", "method": "POST", "body": "plain"}],
    },
}


def test_a_request_is_sent_and_judged_as_it_is_described() -> None:
    (asked,) = ownwork.workloads(StackLab.model_validate(LAB), folder=Path())["order"].requests
    assert (asked.method, asked.path, asked.headers) == (
        "POST",
        "/orders",
        (("Content-Type", "application/json"), ("X-Shop", "1")),
    )
    assert json.loads(asked.sent or "") == {"item": 5}
    assert (asked.statuses, asked.content_type, asked.keys) == ((201, 409), "application/json", ("id",))


def test_what_is_not_described_may_be_anything_but_an_error() -> None:
    first, second = ownwork.workloads(StackLab.model_validate(LAB), folder=Path())["both"].requests
    assert (first.statuses, first.content_type, first.body, first.size_bytes) == ((200,), None, None, 3)
    assert (second.sent, second.headers) == ("plain", ())


def test_ready_is_the_path_that_is_named_or_the_first_that_a_workload_gets() -> None:
    lab = StackLab.model_validate(LAB)
    assert ownwork.ready(lab, ownwork.workloads(lab, folder=Path())).path == "/a"
    assert ownwork.ready(StackLab.model_validate({**LAB, "ready": "/up"}), {}).path == "/up"
    assert ownwork.ready(lab, {}).path == "/"


def test_a_sign_in_page_says_that_an_entry_is_up_and_a_proxy_without_its_application_does_not() -> None:
    (asked,) = ownwork.ready(StackLab.model_validate(LAB), {}).requests
    assert {200, 302, 401} <= set(asked.statuses)
    assert not {502, 503} & set(asked.statuses)


def test_a_script_is_read_and_asked_only_whether_the_stack_is_alive(tmp_path: Path) -> None:
    (tmp_path / "load.lua").write_text("-- mine")
    lab = StackLab.model_validate({**LAB, "scripts": {"own": {"file": "load.lua", "path": "/x"}}})
    found = ownwork.workloads(lab, folder=tmp_path)["own"]
    assert found.script == Script(tool="wrk", file="load.lua", text="-- mine")
    assert (found.path, found.requests[0].statuses) == ("/x", ownwork.ANY_ANSWER)
    with pytest.raises(UsageError, match=r"script of own cannot be read"):
        ownwork.workloads(lab, folder=tmp_path / "nowhere")


def test_who_signs_in_is_said_for_all_workloads_or_for_those_that_are_named() -> None:
    said = {"path": "/login", "json": {"user": "${USER_NAME}"}, "token": "token", "secrets": "shop.env"}
    found = ownwork.workloads(StackLab.model_validate({**LAB, "sign_in": said}), folder=Path("/shop"))
    expected = Credentials(path="/login", json={"user": "${USER_NAME}"}, token="token", secrets=Path("/shop/shop.env"))
    assert [one.sign_in for one in found.values()] == [expected, expected]
    some = ownwork.workloads(
        StackLab.model_validate({**LAB, "sign_in": {**said, "workloads": ["both"]}}), folder=Path("/shop")
    )
    assert (some["order"].sign_in, some["both"].sign_in) == (None, expected)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "needs path with form or json, or headers"),
        ({"path": "/login"}, "needs path with either form or json"),
        ({"form": {}}, "needs path with either form or json"),
        ({"path": "/login", "form": {}, "json": {}}, "needs path with either form or json"),
        ({"token": "a", "headers": {"X": "y"}}, "needs path with form or json, or headers"),
        ({"headers": {"X": "y"}, "header": "Authorization: token"}, "NAME: VALUE with {token}"),
    ],
)
def test_half_a_sign_in_is_a_mistake(said: dict[str, object], words: str) -> None:
    found, mistakes = yamlfile.examine(StackLab, {**LAB, "sign_in": said})
    assert found is None
    assert words in mistakes[0][1]


def test_names_that_do_not_agree_are_mistakes_of_their_keys() -> None:
    said = {"sign_in": {"headers": {"X": "y"}, "workloads": ["both", "nope"]}, "scripts": {"both": {"file": "a.py"}}}
    assert dict(ownwork.mistakes(StackLab.model_validate({**LAB, **said}))) == {
        ("scripts", "both"): "is among `requests`, too",
        ("sign_in", "workloads", 1): "there is no workload 'nope' in `requests`",
    }

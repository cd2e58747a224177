import json

import pytest

from lab.errors import Unhealthy
from lab.host import ports
from lab.measure import signing, verify
from lab.model import Request, SignIn
from tests.unit.unit_factories import make_workload
from tests.unit.unit_project import Answering

LOGIN = SignIn(path="/login", bodies=("{}", "{}"))


def test_a_workload_that_needs_no_token_stays_as_it_is(server: Answering) -> None:
    workload = make_workload()
    assert signing.signed_in(server.url, workload) is workload
    assert server.received == []


def test_each_account_signs_in_and_their_tokens_take_turns(server: Answering) -> None:
    server.answers["/login"] = (200, "application/json", json.dumps({"access_token": "abc"}))
    requests = tuple(Request(path="/health", body="ok") for _ in range(3))
    found = signing.signed_in(server.url, make_workload(requests=requests, sign_in=LOGIN))
    assert found.tokens == ("abc", "abc")
    assert verify.ask(server.url, found).ok
    assert [headers["Authorization"] for headers in server.received[2:]] == ["Bearer abc"] * 3


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((401, "application/json", "{}"), "status 401"),
        ((200, "application/json", "{}"), "an answer without an access_token"),
        ((200, "application/json", "[]"), "an answer without an access_token"),
        ((200, "text/plain", "ok"), "JSONDecodeError"),
    ],
)
def test_who_cannot_sign_in_is_told_why(server: Answering, answer: tuple[int, str, str], why: str) -> None:
    server.answers["/login"] = answer
    with pytest.raises(Unhealthy, match=f"nobody can sign in: {why}"):
        signing.signed_in(server.url, make_workload(sign_in=LOGIN))


def test_nobody_there_to_sign_in_at_is_told_in_words() -> None:
    with pytest.raises(Unhealthy, match="nobody can sign in: ConnectionError"):
        signing.signed_in(ports.url(ports.free()), make_workload(sign_in=LOGIN))


def test_of_several_accounts_one_may_do() -> None:
    workload = make_workload(sign_in=SignIn(path="/login", bodies=("{1}", "{2}")))
    first = signing.first_account(workload).sign_in
    assert isinstance(first, SignIn)
    assert first.bodies == ("{1}",)
    assert signing.first_account(make_workload()) == make_workload()

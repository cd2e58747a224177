import json
from dataclasses import replace
from pathlib import Path

import pytest

from lab.errors import Unhealthy, UsageError
from lab.measure import credentials, signing, verify
from lab.model import Credentials, Request
from tests.unit.unit_factories import make_workload
from tests.unit.unit_project import Answering

SECRET = "s3cret-word"
JSON_LOGIN = Credentials(path="/login", json={"user": "ada", "key": ["${SHOP_KEY}"]}, token="data.token")


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_KEY", SECRET)


def test_a_json_login_gives_a_token_that_is_sent_with_each_request(server: Answering) -> None:
    server.answers["/login"] = (200, "application/json", json.dumps({"data": {"token": "abc"}}))
    asked = make_workload(requests=(Request(path="/health", body="ok"),) * 2, sign_in=JSON_LOGIN)
    assert verify.ask(server.url, signing.signed_in(server.url, asked)).ok
    assert json.loads(server.bodies[0]) == {"user": "ada", "key": [SECRET]}
    assert [headers["Authorization"] for headers in server.received[1:]] == ["Bearer abc"] * 2


def test_another_header_may_hold_the_token_and_that_of_a_request_itself_goes_before(server: Answering) -> None:
    server.answers["/login"] = (200, "application/json", json.dumps({"data": {"token": 7}}))
    asked = make_workload(
        requests=(Request(path="/health"), Request(path="/health", headers=(("x-auth", "mine"),))),
        sign_in=replace(JSON_LOGIN, header="X-Auth: key {token}"),
    )
    assert [request.headers for request in signing.signed_in(server.url, asked).requests] == [
        (("X-Auth", "key 7"),),
        (("x-auth", "mine"),),
    ]


def test_a_form_is_sent_with_the_hidden_fields_of_its_page_and_its_cookies_go_with_each_request(
    server: Answering,
) -> None:
    server.answers["/login"] = (200, "text/html", '<input type="hidden" name="csrf" value="c1"><input name="user">')
    server.cookies["POST"] = "session=xyz; Path=/; HttpOnly"
    form = Credentials(path="/login", form={"user": "ada", "password": "${SHOP_KEY}"})
    found = signing.signed_in(server.url, make_workload(sign_in=form))
    assert server.bodies[1].decode() == f"csrf=c1&user=ada&password={SECRET}"
    assert found.requests[0].headers == (("Cookie", "session=xyz"),)


def test_a_fixed_header_needs_nobody_to_ask(server: Answering) -> None:
    fixed = Credentials(headers=(("X-Api-Key", "${SHOP_KEY}"),))
    assert signing.signed_in(server.url, make_workload(sign_in=fixed)).requests[0].headers == (("X-Api-Key", SECRET),)
    assert server.received == []


def test_a_secret_is_in_a_file_or_in_the_environment_which_goes_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "shop.env"
    file.write_text("# who\nexport SHOP_KEY='from the file'\nOTHER=o=1\n")
    asked = Credentials(headers=(("X-Key", "${SHOP_KEY}"), ("X-Other", "${OTHER}")), secrets=file)
    assert dict(credentials.headers("", asked)) == {"X-Key": SECRET, "X-Other": "o=1"}
    monkeypatch.delenv("SHOP_KEY")
    assert dict(credentials.headers("", asked))["X-Key"] == "from the file"


def test_a_secret_that_is_not_there_is_named_before_anything_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOP_KEY")
    with pytest.raises(UsageError, match="no value for SHOP_KEY"):
        credentials.require([make_workload(), make_workload(sign_in=JSON_LOGIN)])


def test_a_secret_that_is_misspelt_is_told_with_the_one_that_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHOP_KEY")
    file = tmp_path / "shop.env"
    file.write_text("SHOP_KAY=1\n")
    with pytest.raises(UsageError, match=r"no value for SHOP_KEY, .*: did you mean 'SHOP_KAY'") as caught:
        credentials.require([make_workload(sign_in=replace(JSON_LOGIN, secrets=file))])
    assert caught.value.fix == f"export SHOP_KEY=…, or add it to {file}"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        credentials.require([make_workload(sign_in=replace(JSON_LOGIN, secrets=tmp_path / "none.env"))])
    assert caught.value.where == str(tmp_path / "none.env")


def test_a_value_that_would_begin_a_line_of_its_own_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_KEY", f"{SECRET}\r\nX: y")
    with pytest.raises(UsageError, match="the header X-Key would have a line break") as caught:
        credentials.headers("", Credentials(headers=(("X-Key", "${SHOP_KEY}"),)))
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "asked", "why"),
    [
        ((401, "text/plain", SECRET), JSON_LOGIN, "status 401"),
        ((200, "application/json", '{"data": []}'), JSON_LOGIN, "an answer without data.token"),
        ((200, "text/plain", SECRET), JSON_LOGIN, "JSONDecodeError"),
        ((200, "text/html", SECRET), Credentials(path="/login", form={}), "an answer that sets no cookie"),
    ],
)
def test_who_cannot_sign_in_is_told_why_and_no_secret(
    server: Answering, answer: tuple[int, str, str], asked: Credentials, why: str
) -> None:
    server.answers["/login"] = answer
    with pytest.raises(Unhealthy, match=f"nobody can sign in: {why}") as caught:
        signing.signed_in(server.url, make_workload(sign_in=asked))
    assert SECRET not in str(caught.value)

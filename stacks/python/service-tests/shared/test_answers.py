import json
import re

import pytest
from service import answers, logs
from service.models import Item, Order, Profile, User
from service.problems import FieldError, Problem
from service.users_pb2 import User as UserMessage
from service.users_pb2 import UserPage


def user(number: int, profile: Profile | None = None) -> User:
    return User(id=number, name="Ada <é>", email="ada@example.org", age=36, role="admin", profile=profile)


def test_a_user_has_the_keys_of_the_contract_in_their_order_and_compact() -> None:
    assert answers.user(user(1, Profile(bio="b", city="Zürich"))).decode() == (
        '{"id":1,"name":"Ada <é>","email":"ada@example.org","age":36,"role":"admin",'
        '"profile":{"bio":"b","city":"Zürich"}}'
    )
    assert json.loads(answers.user(user(1)))["profile"] is None


def test_a_page_names_the_next_one_only_if_there_is_more() -> None:
    rows = [user(number) for number in (1, 2, 3)]
    assert json.loads(answers.page(rows, 2))["next"] == "Mg"
    assert len(json.loads(answers.page(rows, 2))["items"]) == 2
    assert json.loads(answers.page(rows, 3))["next"] is None
    assert answers.page([], 3) == b'{"items":[],"next":null}'


def test_protobuf_holds_the_same_as_json_and_is_smaller() -> None:
    as_json = answers.page([user(1, Profile(bio="", city="Zürich")), user(2)], 1)
    page = UserPage.FromString(answers.page_protobuf(as_json))
    assert (page.next, page.items[0].profile.city, page.items[0].HasField("profile")) == ("MQ", "Zürich", True)
    one = UserMessage.FromString(answers.user_protobuf(answers.user(user(2))))
    assert (one.id, one.name, one.HasField("profile")) == (2, "Ada <é>", False)
    assert len(answers.page_protobuf(as_json)) < len(as_json)


def test_items_orders_and_tokens_are_written_as_the_contract_has_them() -> None:
    assert answers.item(Item(id=1, name="Item 0001", price_cents=1001)) == (
        b'{"id":1,"name":"Item 0001","price_cents":1001}'
    )
    assert answers.order(Order(id=1, item_id=2, quantity=3, status="done")) == (
        b'{"id":1,"item_id":2,"quantity":3,"status":"done"}'
    )
    assert answers.tokens("a", 900, "r") == (
        b'{"access_token":"a","token_type":"Bearer","expires_in":900,"refresh_token":"r"}'
    )


def test_a_problem_is_its_document_with_sorted_errors_at_the_end() -> None:
    plain = Problem("not-found").body()
    assert plain.startswith(b'{"type":"urn:lab:problem:not-found","title":"')
    errors = [FieldError("query", "limit", "type"), FieldError("body", "/b", "range"), FieldError("body", "/a", "type")]
    body = json.loads(Problem("invalid-fields", errors=errors).body())
    assert list(body) == ["type", "title", "status", "detail", "errors"]
    assert body["errors"][0] == {"in": "body", "at": "/a", "code": "type"}
    assert [error["at"] for error in body["errors"]] == ["/a", "/b", "limit"]


def test_every_401_names_the_scheme() -> None:
    assert Problem("invalid-credentials").headers == [("WWW-Authenticate", "Bearer")]
    assert Problem("not-found").headers == []


@pytest.mark.parametrize(("status", "level"), [(200, "info"), (422, "info"), (500, "error"), (503, "error")])
def test_a_request_is_one_line_of_json(status: int, level: str, capfd: pytest.CaptureFixture[str]) -> None:
    logs.request_line(
        request_id="r", method="GET", path='/é"\n', status=status, duration_s=0.0015, client="::1", user_id=None
    )
    line = capfd.readouterr().out
    assert re.fullmatch(
        r'\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","level":"' + level + r'","message":"request",'
        r'"request_id":"r","method":"GET","path":"/é\\"\\n","status":' + str(status) + r',"duration_ms":1\.500,'
        r'"client":"::1","user":null\}\n',
        line,
    )


@pytest.mark.parametrize(("app_env", "shown"), [("production", False), ("development", True)])
def test_tracebacks_are_for_developers(app_env: str, *, shown: bool, capsys: pytest.CaptureFixture[str]) -> None:
    logger = logs.configure(app_env)
    try:
        int("a password")
    except ValueError:
        logger.exception("unexpected error", extra={"request_id": "r"})
    line = json.loads(capsys.readouterr().out)
    assert (line["level"], line["message"], line["request_id"]) == ("error", "unexpected error", "r")
    assert ("a password" in json.dumps(line)) is shown
    assert "ValueError" in json.dumps(line)

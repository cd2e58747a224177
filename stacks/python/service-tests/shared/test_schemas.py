import json
from typing import Any

import pytest
from pydantic import BaseModel
from service.problems import Problem
from service.schemas import Credentials, NewOrder, NewUser, RefreshToken, UserReplacement, read

USER = {"name": "Ada", "email": "ada@example.org", "age": 36, "password": "12345678"}


def errors(model: type[BaseModel], body: dict[str, Any]) -> list[tuple[str, str]]:
    """Place and code of each mistake."""
    with pytest.raises(Problem) as refused:
        read(model, json.dumps(body).encode())
    assert refused.value.slug == "invalid-fields"
    return [(error.at, error.code) for error in refused.value.errors]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"role": "admin"}, ("/role", "unknown")),
        ({"id": 1}, ("/id", "unknown")),
        ({"a/b~c": 1}, ("/a~1b~0c", "unknown")),
        ({"name": None}, ("/name", "type")),
        ({"name": ""}, ("/name", "length")),
        ({"name": "é" * 81}, ("/name", "length")),
        ({"name": "\0"}, ("/name", "character")),
        ({"name": "\0" * 81}, ("/name", "length")),
        ({"email": "a@"}, ("/email", "length")),
        ({"email": "a@\0"}, ("/email", "character")),
        ({"email": "a b@c"}, ("/email", "format")),
        ({"email": "a@b@c"}, ("/email", "format")),
        ({"email": "a@b\n"}, ("/email", "format")),
        ({"email": "x" * 253 + "@y"}, ("/email", "length")),
        ({"age": "36"}, ("/age", "type")),
        ({"age": True}, ("/age", "type")),
        ({"age": 36.0}, ("/age", "type")),
        ({"age": -1}, ("/age", "range")),
        ({"age": 10**40}, ("/age", "range")),
        ({"profile": []}, ("/profile", "type")),
        ({"profile": {"bio": ""}}, ("/profile/city", "required")),
        ({"profile": {"bio": "", "city": "x" * 81}}, ("/profile/city", "length")),
        ({"profile": {"bio": "", "city": "", "x": 1}}, ("/profile/x", "unknown")),
        ({"password": "1234567"}, ("/password", "length")),
    ],
)
def test_each_mistake_has_its_place_and_its_code(change: dict[str, Any], expected: tuple[str, str]) -> None:
    assert errors(NewUser, USER | change) == [expected]


@pytest.mark.parametrize(
    "change",
    [
        {"name": "é" * 80}, {"email": "é\u00a0@ü"}, {"age": 0}, {"age": 150}, {"profile": None},
        {"profile": {"bio": "", "city": ""}}, {"name": " "},
    ],
)  # fmt: skip
def test_what_is_within_the_rules_is_taken(change: dict[str, Any]) -> None:
    read(NewUser, json.dumps(USER | change).encode())


def test_all_mistakes_are_told_sorted_by_place() -> None:
    assert errors(UserReplacement, {"age": "x", "Z": 1}) == [
        ("/Z", "unknown"),
        ("/age", "type"),
        ("/email", "required"),
        ("/name", "required"),
    ]


def test_a_replacement_sets_no_password() -> None:
    assert errors(UserReplacement, USER) == [("/password", "unknown")]


def test_an_order_is_of_a_whole_number_of_an_item() -> None:
    assert errors(NewOrder, {"item_id": 2**63, "quantity": 101}) == [("/item_id", "range"), ("/quantity", "range")]
    assert read(NewOrder, b'{"item_id":9223372036854775807,"quantity":100}').quantity == 100


def test_signing_in_takes_an_empty_password_and_no_token_of_201_letters() -> None:
    assert read(Credentials, b'{"email":"a@b","password":""}').password == ""
    assert errors(RefreshToken, {"refresh_token": "x" * 201}) == [("/refresh_token", "length")]

"""Fields of bodies and parameters of queries that are not what the operation asks for."""

from base64 import urlsafe_b64encode

import pytest

from tests.service.conformance.problems import compact, refused
from tests.service.conformance.running import Service

JSON = {"Content-Type": "application/json"}
USER = {"name": "A", "email": "fields@example.org", "age": 1, "password": "lab-password"}

# One field of a new user → the code of its mistake, at the field itself.
FIELDS: list[tuple[str, object, str]] = [
    ("name", "", "length"),
    ("name", "x" * 81, "length"),
    ("name", "\N{GRINNING FACE}" * 81, "length"),
    ("name", "\0" * 81, "length"),
    ("name", "a\0b", "character"),
    ("name", None, "type"),
    ("name", 5, "type"),
    ("name", True, "type"),
    ("name", ["A"], "type"),
    ("name", {}, "type"),
    ("email", "a@", "length"),
    ("email", "", "length"),
    ("email", "a" * 250 + "@b.de", "length"),
    ("email", "a\0@b", "character"),
    ("email", "abc", "format"),
    ("email", "@ab", "format"),
    ("email", "ab@", "format"),
    ("email", "a@b@c", "format"),
    ("email", "a b@c", "format"),
    ("email", "a@b\n", "format"),
    ("email", " a@b", "format"),
    ("email", "a@b\x7f", "format"),
    ("email", "a@b\x0b", "format"),
    ("email", None, "type"),
    ("age", -1, "range"),
    ("age", 151, "range"),
    ("age", 2**31, "range"),
    ("age", 2**63, "range"),
    ("age", -(2**64), "range"),
    ("age", "5", "type"),
    ("age", 1.5, "type"),
    ("age", 1.0, "type"),
    ("age", True, "type"),
    ("age", False, "type"),
    ("age", None, "type"),
    ("age", [1], "type"),
    ("password", "seven77", "length"),
    ("password", "x" * 129, "length"),
    ("password", "lab\0password", "character"),
    ("password", 12345678, "type"),
    ("password", None, "type"),
    ("profile", "x", "type"),
    ("profile", [], "type"),
    ("profile", 0, "type"),
    ("profile", False, "type"),
    ("role", "admin", "unknown"),
    ("id", 1, "unknown"),
    ("password_hash", "x", "unknown"),
    ("Name", "case matters", "unknown"),
    ("", 1, "unknown"),
    ("größe", None, "unknown"),
    ("__proto__", {}, "unknown"),
]


@pytest.mark.parametrize(("field", "value", "code"), FIELDS, ids=lambda value: repr(value)[:30])
def test_a_field_that_is_wrong_is_named_with_what_is_wrong(
    service: Service, *, field: str, value: object, code: str
) -> None:
    answer = service.as_admin("POST", "/api/v1/users", json={**USER, field: value})
    refused(answer, "invalid-fields", ("body", f"/{field}", code))


@pytest.mark.parametrize("number", ["1e2", "1E2", "1.0", "-0.0", "1e400", "1.5e-7"])
def test_a_number_with_a_point_or_an_exponent_is_not_whole(service: Service, number: str) -> None:
    data = compact(USER).replace(b'"age":1', b'"age":' + number.encode())
    answer = service.as_admin("POST", "/api/v1/users", data=data, headers=JSON)
    refused(answer, "invalid-fields", ("body", "/age", "type"))


@pytest.mark.parametrize("digits", [19, 30, 400, 10_000])
@pytest.mark.parametrize("sign", ["", "-"])
def test_a_number_is_out_of_range_however_large(service: Service, digits: int, sign: str) -> None:
    data = compact(USER).replace(b'"age":1', b'"age":' + sign.encode() + b"9" * digits)
    answer = service.as_admin("POST", "/api/v1/users", data=data, headers=JSON)
    refused(answer, "invalid-fields", ("body", "/age", "range"))


def test_all_mistakes_are_told_at_once_and_sorted_by_place(service: Service) -> None:
    profile = {"bio": "x" * 501, "a/b": 1, "m~n": 1, "İ": 1, "\N{GRINNING FACE}": 1, "\uffee": 1}
    body = {"zz": 1, "Z": 1, "name": "", "age": "1", "profile": profile}
    refused(
        service.as_admin("PUT", "/api/v1/users/2", json=body),
        "invalid-fields",
        ("body", "/Z", "unknown"),
        ("body", "/age", "type"),
        ("body", "/email", "required"),
        ("body", "/name", "length"),
        ("body", "/profile/a~1b", "unknown"),
        ("body", "/profile/bio", "length"),
        ("body", "/profile/city", "required"),
        ("body", "/profile/m~0n", "unknown"),
        ("body", "/profile/İ", "unknown"),
        ("body", "/profile/\uffee", "unknown"),
        ("body", "/profile/\N{GRINNING FACE}", "unknown"),
        ("body", "/zz", "unknown"),
    )


@pytest.mark.parametrize(
    ("profile", "errors"),
    [
        ({}, [("/bio", "required"), ("/city", "required")]),
        ({"bio": None, "city": 5}, [("/bio", "type"), ("/city", "type")]),
        ({"bio": "\0", "city": "x" * 81}, [("/bio", "character"), ("/city", "length")]),
        ({"bio": "", "city": "", "id": 1}, [("/id", "unknown")]),
    ],
)
def test_a_profile_is_checked_as_the_user_is(
    service: Service, *, profile: object, errors: list[tuple[str, str]]
) -> None:
    answer = service.as_admin("POST", "/api/v1/users", json={**USER, "profile": profile})
    refused(answer, "invalid-fields", *(("body", f"/profile{at}", code) for at, code in errors))


@pytest.mark.parametrize(
    ("path", "required"),
    [("login", ["email", "password"]), ("refresh", ["refresh_token"]), ("users", ["age", "email", "name", "password"])],
)
def test_an_empty_object_lacks_all_that_is_required(service: Service, path: str, required: list[str]) -> None:
    answer = service.as_admin("POST", f"/api/v1/{path}", json={})
    refused(answer, "invalid-fields", *(("body", f"/{name}", "required") for name in required))


def test_a_replacement_knows_no_password_and_no_role(service: Service) -> None:
    body = {"name": "A", "email": "fields@example.org", "age": 1, "password": "lab-password", "role": "admin"}
    answer = service.as_admin("PUT", "/api/v1/users/2", json=body)
    refused(answer, "invalid-fields", ("body", "/password", "unknown"), ("body", "/role", "unknown"))
    assert service.sql("SELECT role FROM users WHERE id = 2") == "user"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [("password", "x" * 129, "length"), ("password", None, "type"), ("email", "ab", "length"), ("otp", 1, "unknown")],
)
def test_credentials_are_checked_before_anybody_is_looked_for(
    service: Service, *, field: str, value: object, code: str
) -> None:
    body = {"email": "user00001@example.org", "password": "lab-password", field: value}
    answer = service.ask("POST", "/api/v1/login", json=body)
    refused(answer, "invalid-fields", ("body", f"/{field}", code))


@pytest.mark.parametrize(
    ("token", "code"), [("", "length"), ("x" * 201, "length"), ("a\0", "character"), (5, "type"), (None, "type")]
)
def test_a_refresh_token_is_a_text_of_some_length(service: Service, *, token: object, code: str) -> None:
    answer = service.ask("POST", "/api/v1/refresh", json={"refresh_token": token})
    refused(answer, "invalid-fields", ("body", "/refresh_token", code))


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, [("/item_id", "required"), ("/quantity", "required")]),
        ({"item_id": 0, "quantity": 0}, [("/item_id", "range"), ("/quantity", "range")]),
        ({"item_id": 2**63, "quantity": 101}, [("/item_id", "range"), ("/quantity", "range")]),
        ({"item_id": "1", "quantity": 1.0}, [("/item_id", "type"), ("/quantity", "type")]),
        ({"item_id": 1, "quantity": 1, "user_id": 1}, [("/user_id", "unknown")]),
        ({"item_id": 1, "quantity": 1, "status": "done"}, [("/status", "unknown")]),
    ],
)
def test_the_fields_of_an_order_are_checked(service: Service, *, body: object, errors: list[tuple[str, str]]) -> None:
    answer = service.as_user("POST", "/api/v1/orders", json=body, headers={"Idempotency-Key": "never-used"})
    refused(answer, "invalid-fields", *(("body", at, code) for at, code in errors))


def cursor(text: str) -> str:
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("limit=0", [("limit", "range")]),
        ("limit=-1", [("limit", "range")]),
        ("limit=101", [("limit", "range")]),
        ("limit=" + "9" * 30, [("limit", "range")]),
        ("limit=-" + "9" * 30, [("limit", "range")]),
        ("limit=-0", [("limit", "range")]),
        ("limit=", [("limit", "type")]),
        ("limit", [("limit", "type")]),
        ("limit=ten", [("limit", "type")]),
        ("limit=1.0", [("limit", "type")]),
        ("limit=1e1", [("limit", "type")]),
        ("limit=%2B5", [("limit", "type")]),
        ("limit=+5", [("limit", "type")]),
        ("limit=5%20", [("limit", "type")]),
        ("limit=5%0A", [("limit", "type")]),
        ("limit=%D9%A5", [("limit", "type")]),
        ("limit=0x5", [("limit", "type")]),
        ("limit=1_0", [("limit", "type")]),
        ("limit=null", [("limit", "type")]),
        ("limit=%zz", [("limit", "type")]),
        ("limit=%00", [("limit", "type")]),
        ("limit=5;cursor=x", [("limit", "type")]),
        ("limit=5&limit=5", [("limit", "repeated")]),
        ("limit=x&limit=y", [("limit", "repeated")]),
        ("l%69mit=5&limit=5", [("limit", "repeated")]),
        ("cursor=", [("cursor", "format")]),
        ("cursor=!", [("cursor", "format")]),
        ("cursor=%FF", [("cursor", "format")]),
        ("cursor=MQ==", [("cursor", "format")]),
        ("cursor=MR", [("cursor", "format")]),
        ("cursor=M", [("cursor", "format")]),
        ("cursor=" + cursor("0"), [("cursor", "format")]),
        ("cursor=" + cursor("01"), [("cursor", "format")]),
        ("cursor=" + cursor("-1"), [("cursor", "format")]),
        ("cursor=" + cursor("1 "), [("cursor", "format")]),
        ("cursor=" + cursor("abc"), [("cursor", "format")]),
        ("cursor=" + cursor("9223372036854775808"), [("cursor", "format")]),
        ("cursor=MQ&cursor=MQ", [("cursor", "repeated")]),
        ("limit=x&cursor=!", [("cursor", "format"), ("limit", "type")]),
    ],
)
def test_a_query_that_is_wrong_is_told(service: Service, *, query: str, errors: list[tuple[str, str]]) -> None:
    answer = service.as_admin("GET", f"/api/v1/users?{query}")
    refused(answer, "invalid-fields", *(("query", at, code) for at, code in errors))


@pytest.mark.parametrize(
    "query", ["limit=7", "limit=007", "limit=%37", "limit=7&page=3&page=4", "LIMIT=1&limit=7", "&limit=7&"]
)
def test_a_parameter_that_nobody_knows_is_ignored(service: Service, query: str) -> None:
    answer = service.as_admin("GET", f"/api/v1/users?{query}")
    assert (answer.status_code, len(answer.json()["items"])) == (200, 7)


def test_an_address_may_hold_letters_and_spaces_that_ascii_lacks(service: Service) -> None:
    email = "größe\u00a0\u2003@exämple"
    user = service.new_user(email=email)
    assert user["email"] == email
    assert service.as_admin("DELETE", f"/api/v1/users/{user['id']}").status_code == 204

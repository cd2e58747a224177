"""A request that is wrong in several ways gets the answer of the first check that it fails."""

from collections.abc import Mapping

import pytest

from tests.service.conformance.problems import FieldError, refused
from tests.service.conformance.running import Service

WRONG_TYPE = {"Content-Type": "text/plain"}
JSON = {"Content-Type": "application/json"}
LONG = b"x" * 16_385
KEY = ("header", "Idempotency-Key", "format")
LIMIT = ("query", "limit", "type")

STEPS: list[tuple[str, str, str, Mapping[str, str], bytes, str, tuple[FieldError, ...]]] = [
    # Route, then token.
    ("nobody", "PATCH", "/api/v1/users", WRONG_TYPE, LONG, "method-not-allowed", ()),
    ("nobody", "POST", "/api/v1/users", WRONG_TYPE, LONG, "invalid-token", ()),
    ("nobody", "GET", "/api/v1/users?limit=x", {}, b"", "invalid-token", ()),
    ("nobody", "GET", "/api/v1/users/0", {}, b"", "invalid-token", ()),
    ("nobody", "POST", "/api/v1/orders", WRONG_TYPE, LONG, "invalid-token", ()),
    # Role.
    ("user", "GET", "/api/v1/users?limit=x", {}, b"", "forbidden", ()),
    ("user", "POST", "/api/v1/users", WRONG_TYPE, LONG, "forbidden", ()),
    ("user", "PUT", "/api/v1/users/0", WRONG_TYPE, LONG, "forbidden", ()),
    ("user", "PUT", "/api/v1/users/2", JSON, b"{}", "forbidden", ()),
    ("user", "DELETE", "/api/v1/users/0", {}, b"", "forbidden", ()),
    ("user", "DELETE", "/api/v1/users/2", {}, b"", "forbidden", ()),
    # Path, then whose.
    ("user", "GET", "/api/v1/users/0", {}, b"", "not-found", ()),
    ("user", "GET", "/api/v1/users/1", {}, b"", "forbidden", ()),
    ("user", "GET", "/api/v1/users/99999999", {}, b"", "forbidden", ()),
    ("admin", "GET", "/api/v1/users/99999999", {}, b"", "not-found", ()),
    ("admin", "PUT", "/api/v1/users/0", WRONG_TYPE, LONG, "not-found", ()),
    # Query and headers.
    ("user", "POST", "/api/v1/orders", WRONG_TYPE, LONG, "idempotency-key-missing", ()),
    ("user", "POST", "/api/v1/orders", {**WRONG_TYPE, "Idempotency-Key": "a b"}, LONG, "invalid-fields", (KEY,)),
    ("admin", "GET", "/api/v1/users?limit=x", JSON, LONG, "invalid-fields", (LIMIT,)),
    # Content type, then size, syntax, fields, state.
    ("admin", "PUT", "/api/v1/users/99999999", WRONG_TYPE, LONG, "unsupported-media-type", ()),
    ("nobody", "POST", "/api/v1/login", WRONG_TYPE, LONG, "unsupported-media-type", ()),
    ("admin", "PUT", "/api/v1/users/99999999", JSON, LONG, "body-too-large", ()),
    ("admin", "PUT", "/api/v1/users/99999999", JSON, b"{", "malformed-request", ()),
    ("admin", "PUT", "/api/v1/users/99999999", JSON, b'{"age":"x","age":1}', "malformed-request", ()),
    ("admin", "PUT", "/api/v1/users/99999999", JSON, b'{"name":"A","email":"a@b"}', "invalid-fields",
     (("body", "/age", "required"),)),
    ("admin", "PUT", "/api/v1/users/99999999", JSON, b'{"name":"A","email":"user00002@example.org","age":1}',
     "not-found", ()),
]  # fmt: skip


@pytest.mark.parametrize(("who", "method", "path", "headers", "data", "slug", "errors"), STEPS)
def test_the_first_check_that_fails_answers(
    service: Service,
    *,
    who: str,
    method: str,
    path: str,
    headers: Mapping[str, str],
    data: bytes,
    slug: str,
    errors: tuple[FieldError, ...],
) -> None:
    token = {"nobody": None, "user": service.token(2, "user"), "admin": service.token()}[who]
    refused(service.ask(method, path, token=token, headers=headers, data=data), slug, *errors)


@pytest.mark.parametrize(
    "text",
    ["0", "00", "01", "-1", "+1", "1.0", "1e3", "a", "x1", "1x", "0x1", "9223372036854775808", "9" * 30, "%20", "1%20",
     "%EF%BC%91", "%D9%A1", "1%0A", "%FF", "1;2", "null"],
)  # fmt: skip
def test_an_id_that_is_none_is_not_found(service: Service, text: str) -> None:
    for kind in ("users", "items", "orders"):
        refused(service.as_admin("GET", f"/api/v1/{kind}/{text}"), "not-found")
    refused(service.as_admin("DELETE", f"/api/v1/users/{text}"), "not-found")


def test_the_largest_id_is_one(service: Service) -> None:
    for kind in ("users", "items", "orders"):
        refused(service.as_admin("GET", f"/api/v1/{kind}/9223372036854775807"), "not-found")


def test_nobody_learns_from_an_answer_whether_somebody_else_exists(service: Service) -> None:
    one, other = (service.as_user("GET", f"/api/v1/users/{id_}") for id_ in (3, 99999999))
    refused(one, "forbidden")
    refused(other, "forbidden")

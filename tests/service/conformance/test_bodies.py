"""Bodies that cannot be read: content type, size and syntax."""

from collections.abc import Iterator

import pytest
import requests

from tests.service.conformance.problems import refused
from tests.service.conformance.running import PATIENCE_S, Service

JSON = {"Content-Type": "application/json"}
LIMIT_BYTES = 16_384
CREDENTIALS = b'{"email":"nobody@example.org","password":"lab-password"}'
"""A body that can be read: it is answered with `invalid-credentials`."""

MALFORMED = {
    "nothing": b"",
    "white space": b" \n",
    "a word": b"nonsense",
    "half an object": b'{"a":',
    "an array": b"[]",
    "a text": b'"x"',
    "a number": b"1",
    "null": b"null",
    "something after it": b"{} x",
    "two objects": b"{}{}",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a":1}'.encode("utf-16-le"),
    "no UTF-8": b'{"a":"\xff"}',
    "half a character": b'{"a":"\xc3"}',
    "an overlong character": b'{"a":"\xc0\xaf"}',
    "a surrogate in UTF-8": b'{"a":"\xed\xa0\x80"}',
    "the same name twice": b'{"a":1,"a":1}',
    "the same name twice, below": b'{"profile":{"bio":"","bio":"","city":""}}',
    "the same name twice, in an array": b'{"a":[{"b":1,"b":2}]}',
    "the same name twice, one escaped": b'{"a":1,"\\u0061":1}',
    "17 arrays": b'{"a":' + 16 * b"[" + 16 * b"]" + b"}",
    "17 objects": 16 * b'{"a":' + b"{}" + 16 * b"}",
    "8,000 arrays": b'{"a":' + 8000 * b"[" + 8000 * b"]" + b"}",
    "16,000 open arrays": b'{"a":' + 16_000 * b"[",
    "half a surrogate pair": b'{"a":"\\ud800"}',
    "half a surrogate pair and a letter": b'{"a":"\\ud800x"}',
    "half a surrogate pair and another escape": b'{"a":"\\ud800\\u0041"}',
    "the other half": b'{"a":"\\udc00"}',
    "both halves the wrong way round": b'{"a":"\\udc00\\ud800"}',
    "half a surrogate pair in a name": b'{"\\ud800":1}',
    "NaN": b'{"a":NaN}',
    "Infinity": b'{"a":Infinity}',
    "minus Infinity": b'{"a":-Infinity}',
    "True": b'{"a":True}',
    "undefined": b'{"a":undefined}',
    "a leading zero": b'{"a":01}',
    "a leading plus": b'{"a":+1}',
    "a leading point": b'{"a":.5}',
    "a trailing point": b'{"a":1.}',
    "an empty exponent": b'{"a":1e}',
    "a hexadecimal number": b'{"a":0x10}',
    "an underscore in a number": b'{"a":1_000}',
    "single quotes": b"{'a':1}",
    "a bare name": b"{a:1}",
    "a comma too many": b'{"a":1,}',
    "a comma too many in an array": b'{"a":[1,]}',
    "a comment": b'{"a":1} // x',
    "a raw line break in a text": b'{"a":"\n"}',
    "a raw NUL in a text": b'{"a":"\x00"}',
    "a NUL after it": b"{}\x00",
    "an unknown escape": b'{"a":"\\x41"}',
    "a short escape": b'{"a":"\\u12"}',
    "white space that JSON lacks": b'{"a":\xc2\xa01}',
    "a form feed": b'{"a":\x0c1}',
}


@pytest.mark.parametrize("what", MALFORMED)
def test_what_is_no_json_object_is_malformed(service: Service, what: str) -> None:
    refused(service.as_admin("POST", "/api/v1/users", data=MALFORMED[what], headers=JSON), "malformed-request")


@pytest.mark.parametrize(("method", "path"), [("POST", "login"), ("POST", "refresh"), ("PUT", "users/1")])
def test_every_operation_reads_its_body_alike(service: Service, method: str, path: str) -> None:
    for what in ("nothing", "an array", "the same name twice", "half a surrogate pair", "17 arrays"):
        refused(service.as_admin(method, f"/api/v1/{path}", data=MALFORMED[what], headers=JSON), "malformed-request")


def test_an_order_reads_its_body_alike(service: Service) -> None:
    headers = {**JSON, "Idempotency-Key": "never-used"}
    for what in ("nothing", "an array", "the same name twice", "half a surrogate pair", "17 arrays"):
        refused(service.as_user("POST", "/api/v1/orders", data=MALFORMED[what], headers=headers), "malformed-request")


def test_sixteen_levels_are_not_too_deep(service: Service) -> None:
    data = b'{"email":"a@b","password":' + 15 * b"[" + 15 * b"]" + b"}"
    refused(
        service.ask("POST", "/api/v1/login", data=data, headers=JSON), "invalid-fields", ("body", "/password", "type")
    )


def test_white_space_escapes_and_pairs_of_surrogates_are_json(service: Service) -> None:
    data = b' \t\r\n{ "email" : "\\u006eobody@example.org" , "password" : "\\ud83d\\ude00 lab-password" } \n'
    refused(service.ask("POST", "/api/v1/login", data=data, headers=JSON), "invalid-credentials")


@pytest.mark.parametrize(
    "content_type",
    [None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
     "application/jsonx", "application/problem+json", "application/vnd.api+json", "text/json", "json",
     "application", "*/*", "application/x-protobuf", "charset=utf-8; application/json"],
)  # fmt: skip
def test_a_body_must_be_sent_as_json(service: Service, content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    refused(service.ask("POST", "/api/v1/login", data=CREDENTIALS, headers=headers), "unsupported-media-type")


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "APPLICATION/Json", "application/json; charset=utf-8", "application/json;charset=latin1"],
)
def test_parameters_and_letter_case_of_the_content_type_do_not_matter(service: Service, content_type: str) -> None:
    answer = service.ask("POST", "/api/v1/login", data=CREDENTIALS, headers={"Content-Type": content_type})
    refused(answer, "invalid-credentials")


def test_a_body_of_just_the_limit_is_read(service: Service) -> None:
    data = CREDENTIALS.ljust(LIMIT_BYTES)
    refused(service.ask("POST", "/api/v1/login", data=data, headers=JSON), "invalid-credentials")
    refused(service.ask("POST", "/api/v1/login", data=chunks(data), headers=JSON), "invalid-credentials")


@pytest.mark.parametrize("size_bytes", [LIMIT_BYTES + 1, 65_536])
def test_a_longer_body_is_refused_with_its_length_and_without(service: Service, size_bytes: int) -> None:
    data = CREDENTIALS.ljust(size_bytes)
    refused(service.ask("POST", "/api/v1/login", data=data, headers=JSON), "body-too-large")
    refused(service.ask("POST", "/api/v1/login", data=chunks(data), headers=JSON), "body-too-large")


def test_no_request_is_lost_after_a_refused_body_of_the_most_that_nginx_passes_on(service: Service) -> None:
    """Nginx keeps its connections to the app: one that is closed after an answer loses the next request."""
    for _ in range(20):
        answer = service.ask("POST", "/api/v1/login", data=CREDENTIALS.ljust(65_536), headers=JSON)
        refused(answer, "body-too-large")


def test_a_service_that_refused_a_body_goes_on_on_the_same_connection_or_closes_it(service: Service) -> None:
    with requests.Session() as session:
        for _ in range(3):
            answer = session.post(f"{service.url}/api/v1/login", data=b"x" * 20_000, headers=JSON, timeout=PATIENCE_S)
            refused(answer, "body-too-large")
            assert session.get(f"{service.url}/live", timeout=PATIENCE_S).text == "live"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/live", 200), ("GET", "/api/v1/users/1", 200), ("GET", "/api/v1/items/1", 200),
     ("DELETE", "/api/v1/users/99999999", 404)],
)  # fmt: skip
def test_a_body_that_nobody_wants_is_ignored(service: Service, method: str, path: str, status: int) -> None:
    assert service.as_admin(method, path, data=b"\xff{", headers={"Content-Type": "x/y"}).status_code == status


def chunks(data: bytes) -> Iterator[bytes]:
    """The same body without a Content-Length."""
    yield data[:1000]
    yield data[1000:]

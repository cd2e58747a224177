"""Headers, ids and pages: what a request says without a body."""

import re

import pytest
from service import headers
from service.paging import Page, cursor, page, path_id
from service.problems import Problem


def test_a_good_request_id_is_kept_and_another_is_replaced() -> None:
    assert headers.request_id("Aa0._-") == "Aa0._-"
    for wrong in (None, "", "a b", "x" * 65, "a\n"):
        assert re.fullmatch("[0-9a-f]{32}", headers.request_id(wrong))


def test_only_behind_a_proxy_the_last_forwarded_address_counts() -> None:
    assert headers.client_address("1.1.1.1", "9.9.9.9, 2.2.2.2", trust=True) == "2.2.2.2"
    assert headers.client_address("1.1.1.1", "9.9.9.9, 2.2.2.2", trust=False) == "1.1.1.1"
    assert headers.client_address("1.1.1.1", None, trust=True) == "1.1.1.1"


@pytest.mark.parametrize("sent", ["application/json", "APPLICATION/JSON", "application/json;charset=utf-8"])
def test_json_is_json_with_any_parameter(sent: str) -> None:
    headers.require_json(sent)


@pytest.mark.parametrize("sent", [None, "", "text/json", "application/json-patch+json", "application/json, text/plain"])
def test_any_other_type_is_not_supported(sent: str | None) -> None:
    with pytest.raises(Problem, match="unsupported-media-type"):
        headers.require_json(sent)


def test_a_body_may_have_16384_bytes() -> None:
    headers.require_size(16_384)
    with pytest.raises(Problem, match="body-too-large"):
        headers.require_size(16_385)


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        (None, False), ("*/*", False), ("application/x-protobuf", True), ("Application/X-Protobuf ; Q=0.1", True),
        ("application/json, application/x-protobuf;q=0.001", True), ("application/x-protobuf;q=0", False),
        ("application/x-protobuf;q=0, application/x-protobuf", True), ("application/x-protobuf;q=.0", True),
        ("application/x-protobuf;q=1e-400", True), ("application/x-protobuf;q=1;q=0", False),
        ("application/x-protobuf; q=0.000", False), ("application/x-protobuf-not", False),
    ],
)  # fmt: skip
def test_protobuf_is_for_who_lists_it(accept: str | None, *, wanted: bool) -> None:
    assert headers.wants_protobuf(accept) is wanted


def test_an_idempotency_key_is_printable_ascii() -> None:
    assert headers.idempotency_key("!~") == "!~"
    with pytest.raises(Problem, match="idempotency-key-missing"):
        headers.idempotency_key(None)
    for wrong in ("", "a b", "é", "x" * 65):
        with pytest.raises(Problem, match="invalid-fields"):
            headers.idempotency_key(wrong)


@pytest.mark.parametrize("text", ["0", "01", "-1", "1.0", "", "x", "9223372036854775808", "1" * 5000, "١", "1\n"])
def test_what_cannot_be_an_id_is_not_found(text: str) -> None:
    with pytest.raises(Problem, match="not-found"):
        path_id(text)
    assert path_id("9223372036854775807") == 2**63 - 1


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", Page(20, 0)), ("limit=100&cursor=MQ", Page(100, 1)), ("limit=007", Page(7, 0)), ("x=1&x=2", Page(20, 0)),
        (f"cursor={cursor(2**63 - 1)}", Page(20, 2**63 - 1)),
    ],
)  # fmt: skip
def test_a_page_is_read_from_the_query(query: str, expected: Page) -> None:
    assert page(query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limit=", [("limit", "type")]), ("limit=1.0", [("limit", "type")]), ("limit=%zz", [("limit", "type")]),
        ("limit=5;x=1", [("limit", "type")]), ("limit=0", [("limit", "range")]), ("limit=-5", [("limit", "range")]),
        ("limit=101", [("limit", "range")]), ("limit=" + "9" * 5000, [("limit", "range")]),
        ("limit=1&limit=1", [("limit", "repeated")]), ("cursor=", [("cursor", "format")]),
        ("cursor=MQ%3D%3D", [("cursor", "format")]), ("cursor=MR", [("cursor", "format")]),
        ("cursor=MDE", [("cursor", "format")]), ("cursor=M!Q", [("cursor", "format")]),
        ("cursor=%C3%A9%C3%A9", [("cursor", "format")]),
        ("limit=x&cursor=x", [("cursor", "format"), ("limit", "type")]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_query_is_told_for_each_parameter(query: str, expected: list[tuple[str, str]]) -> None:
    problem = page(query)
    assert isinstance(problem, Problem)
    assert [(error.at, error.code) for error in problem.errors] == expected

import json
from pathlib import Path
from typing import Any

import pytest

from lab.catalog import recorded
from lab.catalog.stackfile import RequestLab
from lab.errors import UsageError


def read(tmp_path: Path, text: str) -> recorded.Recorded:
    path = tmp_path / "requests"
    path.write_text(text)
    return recorded.read(path)


def test_paths_and_curl_commands_become_requests_without_their_secrets(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "# what people do\n/items?page=2\n\n"
        "curl -s http://localhost:8000/items\n"
        "curl -X put 'http://localhost:8000/items/5' \\\n  -H 'Authorization: Bearer abc' -H 'X-Shop: 1' "
        "-d '{\"n\": 1}'\n"
        "curl --json '{}' localhost:8000/orders\n",
    )
    assert found.left_out == ("Authorization of PUT /items/5: who signs in says so under `sign_in`",)
    assert found.requests[recorded.WORKLOAD] == [
        {"path": "/items?page=2"},
        {"path": "/items"},
        {"path": "/items/5", "method": "PUT", "body": '{"n": 1}', "headers": {"X-Shop": "1"}},
        {"path": "/orders", "method": "POST", "body": "{}", "headers": {"Content-Type": "application/json"}},
    ]
    assert all(RequestLab.model_validate(request) for request in found.requests[recorded.WORKLOAD])


def entry(url: str, method: str = "GET", status: int = 200) -> dict[str, Any]:
    content = {"mimeType": "text/html; charset=utf-8"}
    return {"request": {"method": method, "url": url}, "response": {"status": status, "content": content}}


def test_of_a_har_other_hosts_are_named_and_left_out(tmp_path: Path) -> None:
    entries = [
        entry("http://shop.local/"),
        entry("http://cdn.local/a.js"),
        entry("http://cdn.local/b.js"),
        entry("http://shop.local/gone", status=404),
        entry("http://shop.local/"),
        entry("http://shop.local/buy", method="POST"),
    ]
    found = read(tmp_path, json.dumps({"log": {"entries": entries}}))
    assert found.requests[recorded.WORKLOAD] == [
        {"path": "/", "answer": {"status": 200, "type": "text/html"}},
        {"path": "/gone", "answer": {"status": 404, "type": "text/html"}},
    ]
    assert found.left_out == (
        "requests to cdn.local (2); load goes to the stack alone",
        "POST /buy: it changes something; add it under `requests` if it may come often",
    )


def test_whose_application_it_is_does_not_follow_from_what_is_left_out_anyway(tmp_path: Path) -> None:
    entries = [
        entry("http://beacon.local/seen", method="POST"),
        entry("http://shop.local/items", method="OPTIONS"),
        entry("http://shop.local/items"),
    ]
    found = read(tmp_path, json.dumps({"log": {"entries": entries}}))
    assert [request["path"] for request in found.requests[recorded.WORKLOAD]] == ["/items"]
    assert found.left_out == ("requests to beacon.local (1); load goes to the stack alone",)


def test_a_path_is_no_address(tmp_path: Path) -> None:
    found = read(tmp_path, "//double/slash\n/a#b\n//[x\n")
    assert [request["path"] for request in found.requests[recorded.WORKLOAD]] == ["//double/slash", "/a%23b", "//%5Bx"]
    assert found.left_out == ()


def test_what_is_called_like_a_secret_is_told_once(tmp_path: Path) -> None:
    entries = [entry(f"http://shop.local/poll?sid={number}") for number in range(3)]
    found = read(tmp_path, json.dumps({"log": {"entries": entries}}))
    assert found.left_out == ("sid of GET /poll: who signs in says so under `sign_in`",)
    found = read(tmp_path, "curl -H 'X-Api-Key: k' -H 'X-Shop: 1' 'http://shop.local/a?max_tokens=5&code=x'\n")
    assert found.requests[recorded.WORKLOAD] == [{"path": "/a?max_tokens=5", "headers": {"X-Shop": "1"}}]
    assert found.left_out == ("X-Api-Key, code of GET /a?max_tokens=5: who signs in says so under `sign_in`",)


def test_a_secret_in_the_query_is_not_taken_either(tmp_path: Path) -> None:
    urls = ("http://shop.local/items?token=abc&page=2", "http://shop.local/feed?author=ada&page_token=5")
    found = read(tmp_path, json.dumps({"log": {"entries": [entry(url) for url in urls]}}))
    assert [request["path"] for request in found.requests[recorded.WORKLOAD]] == [
        "/items?page=2",
        "/feed?author=ada&page_token=5",
    ]
    assert found.left_out == ("token of GET /items?page=2: who signs in says so under `sign_in`",)
    found = read(tmp_path, "/items?api_key=abc\ncurl 'http://shop.local/items?sig=1'\n")
    assert [*found.requests[recorded.WORKLOAD]] == [{"path": "/items"}]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no request in it"),
        ("/ok\nitems\n", "neither a path nor a curl command"),
        ("curl 'http://a\n", "is not whole"),
        ("curl -H\n", "lacks its value"),
        ("curl -s\n", "names no address"),
        ("curl --proxy x http://a/\n", "option --proxy of curl is not known"),
        ('{"log": {}}', "no HAR"),
        ("{", "its JSON is damaged"),
        ("openapi: 3.1.0\n", "no OpenAPI document: it has no paths"),
        ("openapi: [\n", "no OpenAPI document: while parsing"),
    ],
)
def test_what_cannot_be_understood_is_told(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("http://localhost:8000/items?a=1&b=2\n", "write it as: curl 'http://localhost:8000/items?a=1&b=2'"),
        ("items\n", "a path begins with a slash"),
        ("curl -H\n", "curl [-X METHOD]"),
        ("curl -s\n", "curl [-X METHOD]"),
        ("curl 'http://a\n", "curl [-X METHOD]"),
    ],
)
def test_what_is_refused_says_how_it_would_be_understood(tmp_path: Path, text: str, fix: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, text)
    assert (caught.value.fix or "").startswith(fix)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.har"
    with path.open("wb") as file:
        file.truncate(recorded.MOST_MIB * 2**20 + 2**20)
    with pytest.raises(UsageError, match="101 MiB"):
        recorded.read(path)

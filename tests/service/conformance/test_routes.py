"""What lies where, and what every answer carries."""

import re

import pytest

from tests.service.conformance.problems import refused
from tests.service.conformance.running import Service

METHODS = {
    "/live": "GET, HEAD",
    "/ready": "GET, HEAD",
    "/api/v1/login": "POST",
    "/api/v1/refresh": "POST",
    "/api/v1/logout": "POST",
    "/api/v1/users": "GET, HEAD, POST",
    "/api/v1/users/1": "DELETE, GET, HEAD, PUT",
    "/api/v1/items/1": "GET, HEAD",
    "/api/v1/orders": "POST",
    "/api/v1/orders/1": "GET, HEAD",
}
ALL_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND")
NOWHERE = (
    "/",
    "/api",
    "/api/v1",
    "/api/v1/",
    "/api/v1/user",
    "/api/v1/users/",
    "/api/v1/users/1/",
    "/api/v1/users/1/orders",
    "/api/v1/users/1%2F2",
    "/api/v1//users",
    "/API/v1/users",
    "/api/v1/login/",
    "/api/v2/users",
    "/ready/",
    "/Ready",
    "/favicon.ico",
    "/docs",
    "/openapi.json",
    "/redoc",
    "/static/1k.txt",
    "/srv/service/problems.json",
    "/api/v1/users/..%2Fmetrics",
)


@pytest.mark.parametrize("path", NOWHERE)
def test_an_unknown_path_is_not_found_whoever_asks_and_nothing_is_redirected(service: Service, path: str) -> None:
    refused(service.ask("GET", path), "not-found")
    refused(service.ask("POST", path, data=b"{", headers={"Content-Type": "text/plain"}), "not-found")
    refused(service.as_admin("DELETE", path), "not-found")


@pytest.mark.parametrize("path", METHODS)
def test_another_method_is_not_allowed_and_the_answer_lists_those_that_are(service: Service, path: str) -> None:
    # Nginx refuses TRACE by itself, with a page of its own.
    for method in (*ALL_METHODS, "TRACE") if service.direct else ALL_METHODS:
        if method not in METHODS[path].split(", "):
            answer = service.ask(method, path)
            refused(answer, "method-not-allowed")
            assert answer.headers["Allow"] == METHODS[path], method


@pytest.mark.parametrize("path", ["/live", "/ready", "/api/v1/users", "/api/v1/users/1", "/api/v1/items/1"])
def test_head_answers_as_get_without_the_body(service: Service, path: str) -> None:
    get, head = (service.as_admin(method, path) for method in ("GET", "HEAD"))
    assert (head.status_code, head.content) == (200, b"")
    for name in ("Content-Type", "Cache-Control", "Vary", "RateLimit-Limit"):
        assert head.headers.get(name) == get.headers.get(name), name


def test_head_is_refused_as_get_is(service: Service) -> None:
    for path, status in (("/api/v1/users", 401), ("/api/v1/items/0", 404), ("/nowhere", 404)):
        head = service.ask("HEAD", path)
        assert (head.status_code, head.content) == (status, b""), path
        assert head.headers["Content-Type"] == "application/problem+json"


def test_an_answer_says_how_many_requests_are_left(service: Service) -> None:
    for answer in (service.as_admin("GET", "/api/v1/users/1"), service.ask("POST", "/api/v1/logout")):
        assert answer.headers["RateLimit-Limit"] == "1000"
        assert 0 <= int(answer.headers["RateLimit-Remaining"]) < 1000
        assert 0 <= int(answer.headers["RateLimit-Reset"]) <= 1


def test_only_the_interface_is_limited_and_kept_out_of_caches(service: Service) -> None:
    assert service.ask("GET", "/api/v1/items/1").headers["Cache-Control"] == "no-store"
    for path in ("/live", "/ready"):
        assert "RateLimit-Limit" not in service.ask("GET", path).headers


def test_what_is_counted_is_for_operators_and_no_proxy_passes_it_on(service: Service) -> None:
    assert service.metrics().text.startswith("# HELP")
    if service.direct:
        answer = service.ask("POST", "/metrics")
        refused(answer, "method-not-allowed")
        assert answer.headers["Allow"] == "GET, HEAD"
        assert (service.ask("HEAD", "/metrics").status_code, service.ask("HEAD", "/metrics").content) == (200, b"")
    else:
        for path in ("/metrics", "/metrics?x=1", "//metrics", "/%6Detrics", "/x/../metrics"):
            refused(service.ask("GET", path), "not-found")


@pytest.mark.parametrize("path", ["/live", "/nowhere", "/api/v1/items/1", "/api/v1/users", "/api/v1/items/0"])
def test_a_request_id_comes_back_where_it_is_well_formed(service: Service, path: str) -> None:
    for good in ("a", "A.b_c-9", "x" * 64):
        assert service.ask("GET", path, headers={"X-Request-Id": good}).headers["X-Request-Id"] == good
    for bad in ("", "x" * 65, "a b", "a/b", "a,b", "ä".encode(), "{}"):
        made = service.ask("GET", path, headers={"X-Request-Id": bad}).headers["X-Request-Id"]  # type: ignore[dict-item]
        assert re.fullmatch("[0-9a-f]{32}", made), bad
    assert len({service.ask("GET", path).headers["X-Request-Id"] for _ in range(3)}) == 3


def test_a_liveness_check_says_live_and_a_readiness_check_says_ready(service: Service) -> None:
    for path, text in (("/live", "live"), ("/ready", "ready")):
        answer = service.ask("GET", path)
        assert (answer.status_code, answer.text) == (200, text)
        assert answer.headers["Content-Type"].partition(";")[0] == "text/plain"

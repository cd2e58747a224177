import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from docker.models.containers import Container

from lab.catalog import Catalog
from lab.commands import trace
from lab.commands.trace import Ask, Traced
from lab.deploy import traced
from lab.deploy.traced import TracedStack
from lab.errors import LabError, Unhealthy, UsageError
from lab.model import SignIn
from lab.traces import span as spans
from lab.traces.span import TraceSpan
from tests.unit.traces.traces_factories import make_span
from tests.unit.unit_project import Answering

TRACE, OWN, NGINX = "ab" * 16, "ab" * 8, "cd" * 8
ZIPKINS = f"/api/v2/trace/{TRACE}"
APP = {
    "traceId": TRACE,
    "id": "1" * 16,
    "parentId": OWN,
    "kind": "SERVER",
    "name": "get /health",
    "timestamp": 1_700_000_000_000_000,
    "duration": 5,
    "localEndpoint": {"serviceName": "app"},
}
LINE = {"time": "2023-11-14T22:13:20.000Z", "request_id": TRACE, "status": 200, "duration_s": 0.001, "app_s": "0.001"}


def asked(
    server: Answering,
    catalog: Catalog,
    monkeypatch: pytest.MonkeyPatch,
    *,
    told: list[dict[str, Any]] | None,
    lines: list[dict[str, Any]] | None = None,
    path: str = "/health",
    headers: dict[str, str] | None = None,
    said: list[str] | None = None,
) -> Traced:
    """A request to a server that is stack and Zipkin at once; `lines` are Nginx's, if there is one."""
    container = SimpleNamespace(logs=lambda **_: "\n".join(map(json.dumps, lines or ())).encode())
    nginx = None if lines is None else cast(Container, container)

    @contextmanager
    def site(_catalog: Catalog, _target: str) -> Iterator[TracedStack]:
        yield TracedStack(stack=catalog.stack("plain"), url=server.url, zipkin=server.url, nginx=nginx)

    monkeypatch.setattr(traced, "site", site)
    drawn = iter([TRACE, OWN, NGINX])
    monkeypatch.setattr("lab.commands.trace.secrets.token_hex", lambda _count: next(drawn))
    monkeypatch.setattr(trace, "LINE_WITHIN_S", 0)
    if told is not None:
        server.answers[ZIPKINS] = (200, "application/json", json.dumps(told))
    ask = Ask(method="GET", path=path, headers=headers or {"X-Own": "yes"})
    return trace.trace(catalog, "plain", ask, patience_s=0, say=(said if said is not None else []).append)


def shown(found: Traced) -> list[tuple[int, str, str]]:
    return [(depth, node.span.service, node.span.name) for tree in found.trees for depth, node in tree.rows()]


def test_the_spans_of_the_app_stand_below_the_request(
    server: Answering, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = asked(server, catalog, monkeypatch, told=[APP])
    assert shown(found) == [(0, "client", "GET /health"), (1, "app", "get /health")]
    assert (found.status, found.missing, found.trace) == (200, None, TRACE)
    assert found.page == f"{server.url}/zipkin/traces/{TRACE}"


def test_the_request_carries_the_trace_and_what_the_user_wants_sent(
    server: Answering, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(server, catalog, monkeypatch, told=[APP])
    headers = server.received[0]
    assert (headers["traceparent"], headers["X-Request-Id"]) == (f"00-{TRACE}-{OWN}-01", TRACE)
    assert headers["X-Own"] == "yes"


def test_nginx_stands_between_the_client_and_the_app(
    server: Answering, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = asked(server, catalog, monkeypatch, told=[APP], lines=[LINE])
    assert shown(found) == [(0, "client", "GET /health"), (1, "nginx", "pass on"), (2, "app", "get /health")]


def test_what_has_not_come_in_time_is_said(
    server: Answering, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = asked(server, catalog, monkeypatch, told=None)
    assert found.missing == "the app has not told of the request"
    assert shown(found) == [(0, "client", "GET /health")]


def test_a_zipkin_that_fails_is_an_error_in_words(
    server: Answering, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers[ZIPKINS] = (500, "text/plain", "no")
    with pytest.raises(LabError, match="Zipkin does not answer"):
        asked(server, catalog, monkeypatch, told=None)


def test_a_stack_that_does_not_answer_is_unhealthy() -> None:
    with pytest.raises(Unhealthy, match="no answer"):
        trace.send("http://127.0.0.1:1", Ask(method="GET", path="/", headers={}), {})


@pytest.mark.parametrize(
    ("kinds", "status", "refused", "missing"),
    [
        ((), 200, False, "the app has not told of the request"),
        ((), 400, True, None),
        (("SERVER",), 201, False, None),
        (("SERVER",), 202, False, "the worker has not told of the order"),
        (("SERVER", "CONSUMER"), 202, False, None),
    ],
)
def test_a_request_is_complete_with_the_app_and_an_accepted_order_with_the_worker(
    kinds: tuple[str, ...], status: int, refused: bool, missing: str | None
) -> None:
    spans = [make_span(kind, kind=kind) for kind in kinds]
    assert trace.lacking(spans, status=status, refused=refused) == missing


@pytest.mark.parametrize("path", ["items", "", "//host/items", "http://127.0.0.1/", "/a b", "/é", "/a\n"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(UsageError, match="is not a path"):
        trace.read_ask(None, path, None, [])


def test_a_probe_is_refused_for_it_would_leave_no_trace() -> None:
    with pytest.raises(UsageError, match="probes are in no trace"):
        trace.read_ask(None, "/ready?x", None, [])


@pytest.mark.parametrize(
    ("method", "body", "header", "why"),
    [
        (None, "{", [], "not JSON"),
        (None, None, ["nothing"], "not a header"),
        (None, None, [": x"], "not a header"),
        (None, None, ["a b: x"], "not a header"),
        (None, None, ["é: x"], "not a header"),
        (None, None, ["foo: a\r\nb: c"], "no header can hold"),
        (None, None, ["foo: a\nb"], "no header can hold"),
        (None, None, ["foo: ж"], "no header can hold"),
        (None, None, ["traceparent: 00-1-2-01"], "no traceparent"),
        ("É", None, [], "not a method"),
        ("G E T", None, [], "not a method"),
    ],
)
def test_other_mistakes_are_refused_in_words(method: str | None, body: str | None, header: list[str], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        trace.read_ask(method, "/", body, header)


def test_a_body_makes_it_a_post_unless_a_method_is_named() -> None:
    assert trace.read_ask(None, "/", "{}", []).method == "POST"
    assert trace.read_ask("put", "/", "{}", []).method == "PUT"
    assert trace.read_ask(None, "/", None, ["A:  b "]).headers == {"A": "b"}


def test_zipkin_is_told_that_nginx_took_as_long_as_is_drawn(
    server: Answering, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[TraceSpan] = []
    written = spans.written

    def noted(span: TraceSpan) -> dict[str, Any]:
        sent.append(span)
        return written(span)

    monkeypatch.setattr(spans, "written", noted)
    found = asked(server, catalog, monkeypatch, told=[APP], lines=[LINE])
    (drawn,) = (node.span for tree in found.trees for _, node in tree.rows() if node.span.service == "nginx")
    assert drawn in sent


OWN_PARENT = "ef" * 16, "12" * 8


@pytest.mark.parametrize(("flags", "missing"), [("01", "the app has not told of the request"), ("00", trace.UNSAMPLED)])
def test_a_traceparent_of_ones_own_is_gone_on_with_and_one_that_is_not_sampled_is_said_to_be_that(
    server: Answering, catalog: Catalog, monkeypatch: pytest.MonkeyPatch, flags: str, missing: str
) -> None:
    own_trace, own_span = OWN_PARENT
    given = f"00-{own_trace}-{own_span}-{flags}"
    found = asked(server, catalog, monkeypatch, told=None, headers={"Traceparent": given})
    assert (found.trace, found.missing) == (own_trace, missing)
    assert found.trees[0].span.identity == own_span
    assert server.received[0]["traceparent"] == given


def test_where_nobody_can_sign_in_the_request_goes_without_a_token_and_that_is_said(
    server: Answering, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers["/login"] = (503, "application/json", "{}")
    health = replace(catalog.workloads["health"], sign_in=SignIn(path="/login", bodies=("{}",)))
    able = replace(catalog, workloads={**catalog.workloads, "health": health})
    said: list[str] = []
    found = asked(server, able, monkeypatch, told=[APP], said=said)
    assert (found.status, found.missing) == (200, None)
    assert "nobody can sign in: status 503" in said[0]
    assert "-H 'Authorization: Bearer …'" in said[0]
    assert server.received[-1].get("Authorization") is None

"""`lab trace`: one request to a stack that is up, and all that the stack tells of it."""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests

from lab.catalog import Catalog
from lab.deploy import traced
from lab.deploy.traced import TracedStack
from lab.errors import LabError, Unhealthy, UsageError
from lab.host.say import Say
from lab.measure import signing
from lab.measure.verify import JSON, loopback_session
from lab.model import Workload
from lab.traces import nginxline, tree
from lab.traces import span as spans
from lab.traces.span import TraceSpan
from lab.traces.tree import Node

ANSWER_TIMEOUT_S = 60.0
ZIPKIN_TIMEOUT_S = 5.0
LOOK_EVERY_S = 0.2
LINE_WITHIN_S = 2.0
"""So long after the app's spans Nginx's line is waited for."""
SKEW_US = 2000
"""Nginx knows a moment to a millisecond: its beginning is a difference of two such."""
ACCEPTED = 202
PROBES = ("/live", "/ready", "/metrics")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request as a user typed it."""

    method: str
    path: str
    body: str | None = None
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """What came of one request."""

    ask: Ask
    status: int
    trace: str
    page: str
    """Where Zipkin shows it."""
    trees: tuple[Node, ...]
    missing: str | None
    """What should be there and has not come in time."""


def read_ask(method: str | None, path: str, body: str | None, headers: list[str]) -> Ask:
    """What the command line asks for. Raises UsageError for what is no path, no JSON or no header."""
    if not path.startswith("/") or urlsplit(path).netloc or any(not " " < letter <= "~" for letter in path):
        raise UsageError(f"{path!r} is not a path", where="PATH", fix="write it from the slash on, as /api/v1/items/7")
    if path.partition("?")[0] in PROBES:
        raise UsageError(f"{path} is a probe, and probes are in no trace", fix="ask for what clients ask for")
    if body is not None:
        try:
            json.loads(body)
        except ValueError as error:
            raise UsageError(f"the body is not JSON: {error}", where="--data", fix="quote it: --data '{…}'") from None
    pairs = {}
    for header in headers:
        name, colon, value = header.partition(":")
        if not colon or not name.strip():
            raise UsageError(f"{header!r} is not a header", where="--header", fix="write it as 'NAME: VALUE'")
        pairs[name.strip()] = value.strip()
    chosen = (method or ("GET" if body is None else "POST")).upper()
    if not chosen.isalpha():
        raise UsageError(f"{chosen!r} is not a method", where="--method", fix="GET, POST, PUT or DELETE")
    return Ask(method=chosen, path=path, body=body, headers=pairs)


def trace(catalog: Catalog, name: str, ask: Ask, *, patience_s: float, say: Say) -> Traced:
    """Send the request, wait until its last span is there or `patience_s` are over, and put all together.

    Raises UsageError for a stack that has no Zipkin beside it, Unhealthy where nothing answers.
    """
    with traced.site(catalog, name) as site:
        headers = {**_signed_in(catalog, site, ask), **ask.headers}
        own, status = send(site.url, ask, headers)
        say(f"answered with {status}; waiting for the spans")
        found, missing = _collected(site, own, status=status, patience_s=patience_s)
    return Traced(
        ask=ask,
        status=status,
        trace=own.trace,
        page=f"{site.zipkin}/zipkin/traces/{own.trace}",
        trees=tree.build(found),
        missing=missing,
    )


def _signed_in(catalog: Catalog, site: TracedStack, ask: Ask) -> dict[str, str]:
    """The token of somebody whom the contract lets ask for such a thing; nothing where it names nobody."""
    if any(name.lower() == "authorization" for name in ask.headers):
        return {}
    workloads = [catalog.workloads[name] for name in site.stack.workloads]
    workload = next((each for each in workloads if each.sign_in is not None and _alike(each, ask)), None)
    if workload is None:
        return {}
    return {"Authorization": f"Bearer {signing.signed_in(site.url, signing.first_account(workload)).tokens[0]}"}


def _alike(workload: Workload, ask: Ask) -> bool:
    """Whether a request of the workload is to the same collection: the first three steps of a path."""
    asked = ask.path.partition("?")[0].split("/")[:4]
    return any(request.path.partition("?")[0].split("/")[:4] == asked for request in workload.requests)


def send(url: str, ask: Ask, headers: Mapping[str, str]) -> tuple[TraceSpan, int]:
    """Send the request over a connection of its own; the client's span, and the status. Raises Unhealthy."""
    trace_id, identity = secrets.token_hex(16), secrets.token_hex(8)
    told = {
        "traceparent": f"00-{trace_id}-{identity}-01",
        "X-Request-Id": trace_id,
        **({"Content-Type": JSON} if ask.body is not None else {}),
        **({"Idempotency-Key": trace_id} if ask.method == "POST" else {}),
        **headers,
    }
    with loopback_session() as session:
        began_ns, clock_ns = time.time_ns(), time.perf_counter_ns()
        try:
            answer = session.request(
                ask.method, url + ask.path, data=ask.body, headers=told, timeout=ANSWER_TIMEOUT_S, allow_redirects=False
            )
        except requests.RequestException as error:
            raise Unhealthy(
                f"there was no answer: {type(error).__name__}", where=url + ask.path, fix="lab ps, lab logs"
            ) from None
        took_ns = time.perf_counter_ns() - clock_ns
    return (
        TraceSpan(
            trace=trace_id,
            identity=identity,
            parent=None,
            name=f"{ask.method} {ask.path}",
            service=spans.OWN_PLACE,
            kind="CLIENT",
            began_us=began_ns // 1000,
            took_us=took_ns // 1000,
            tags=(("http.status_code", str(answer.status_code)),),
        ),
        answer.status_code,
    )


def _collected(
    site: TracedStack, own: TraceSpan, *, status: int, patience_s: float
) -> tuple[list[TraceSpan], str | None]:
    """All spans of the request, Nginx's and the client's among them, which Zipkin is told, too; and what is missing."""
    until_s = time.monotonic() + patience_s
    line_until_s = time.monotonic() + LINE_WITHIN_S
    with loopback_session() as session:
        while True:
            found = _asked(session, site.zipkin, own.trace)
            line = nginxline.find(site.nginx_lines(), own.trace)
            missing = lacking(found, status=status, refused=line is not None and line.app_s is None)
            late = site.nginx is None or time.monotonic() > line_until_s
            if time.monotonic() > until_s or (missing is None and (line is not None or late)):
                break
            time.sleep(LOOK_EVERY_S)
        extra = [own]
        if line is not None:
            proxy = nginxline.span(line, trace=own.trace, identity=secrets.token_hex(8), parent=own.identity)
            found, extra = tree.behind(found, proxy, client=own, skew_us=SKEW_US), [own, proxy]
        session.post(
            f"{site.zipkin}/api/v2/spans", json=[spans.written(each) for each in extra], timeout=ZIPKIN_TIMEOUT_S
        )
    return [own, *found], missing


def lacking(found: list[TraceSpan], *, status: int, refused: bool) -> str | None:
    """What of the request has not been told yet; None where nothing is missing. `refused`: Nginx asked nobody."""
    kinds = {span.kind for span in found}
    if spans.IN_THE_SERVER not in kinds and not refused:
        return "the app has not told of the request"
    if status == ACCEPTED and spans.BY_THE_WORKER not in kinds:
        return "the worker has not told of the order"
    return None


def _asked(session: requests.Session, zipkin: str, trace_id: str) -> list[TraceSpan]:
    try:
        answer = session.get(f"{zipkin}/api/v2/trace/{trace_id}", timeout=ZIPKIN_TIMEOUT_S)
        if answer.status_code == requests.codes.not_found:
            return []
        answer.raise_for_status()
        return spans.read(answer.json())
    except (requests.RequestException, ValueError) as error:
        raise LabError(
            f"Zipkin does not answer: {type(error).__name__}", where=zipkin, fix="lab ps, lab logs"
        ) from None

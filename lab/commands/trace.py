"""`lab trace`: one request to a stack that is up, and all that the stack tells of it."""

import json
import re
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
TRACEPARENT = re.compile(r"00-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-[0-9a-f](?P<low>[0-9a-f])")
"""As W3C has it; the lowest bit says whether the trace is sampled."""
UNSAMPLED = "the traceparent that was sent is not sampled, so no service tells of the request"
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
HEADER_VALUE = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")
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
    pairs = dict(_header(header) for header in headers)
    chosen = (method or ("GET" if body is None else "POST")).upper()
    if not (chosen.isascii() and chosen.isalpha()):
        raise UsageError(f"{chosen!r} is not a method", where="--method", fix="GET, POST, PUT or DELETE")
    return Ask(method=chosen, path=path, body=body, headers=pairs)


def _header(typed: str) -> tuple[str, str]:
    """Name and value. Raises UsageError for what cannot be sent, or would begin a trace that nobody can find."""
    name, colon, value = (part.strip() for part in typed.partition(":"))
    if not colon or not HEADER_NAME.fullmatch(name):
        raise UsageError(f"{typed!r} is not a header", where="--header", fix="write it as 'NAME: VALUE'")
    if not HEADER_VALUE.fullmatch(value):
        raise UsageError(
            f"the value of {name} is {value!r}, which no header can hold",
            where="--header",
            fix="one line of letters of Latin-1; repeat --header for each other header",
        )
    if name.lower() == "traceparent" and not TRACEPARENT.fullmatch(value):
        raise UsageError(
            f"{value!r} is no traceparent of W3C",
            where="--header",
            fix="write it as 00-<32 hex digits>-<16 hex digits>-01, or leave it out: lab trace sends its own",
        )
    return name, value


def trace(catalog: Catalog, name: str, ask: Ask, *, patience_s: float, say: Say) -> Traced:
    """Send the request, wait until its last span is there or `patience_s` are over, and put all together.

    Raises UsageError for a stack that has no Zipkin beside it, Unhealthy where nothing answers.
    """
    with traced.site(catalog, name) as site:
        headers = {**_signed_in(catalog, site, ask, say=say), **ask.headers}
        own, status = send(site.url, ask, headers)
        if is_sampled(ask):
            say(f"answered with {status}; waiting for the spans")
            found, missing = _collected(site, own, status=status, patience_s=patience_s)
        else:
            say(f"answered with {status}")
            found, _ = _collected(site, own, status=status, patience_s=0)
            missing = UNSAMPLED
    return Traced(
        ask=ask,
        status=status,
        trace=own.trace,
        page=f"{site.zipkin}/zipkin/traces/{own.trace}",
        trees=tree.build(found),
        missing=missing,
    )


def is_sampled(ask: Ask) -> bool:
    """Whether the services are to tell of the request: a traceparent of the user's own may forbid it."""
    given = _own_traceparent(ask.headers)
    return given is None or bool(int(given["low"], 16) & 1)


def _own_traceparent(headers: Mapping[str, str]) -> re.Match[str] | None:
    found = (TRACEPARENT.fullmatch(value) for name, value in headers.items() if name.lower() == "traceparent")
    return next(found, None)


def _signed_in(catalog: Catalog, site: TracedStack, ask: Ask, *, say: Say) -> dict[str, str]:
    """The token of somebody whom the contract lets ask for such a thing; nothing where it names nobody.

    Nothing, too, where nobody can sign in, which is said: who looks for what goes wrong wants to see this request.
    """
    if any(name.lower() == "authorization" for name in ask.headers):
        return {}
    workloads = [catalog.workloads[name] for name in site.stack.workloads]
    workload = next((each for each in workloads if each.sign_in is not None and _alike(each, ask)), None)
    if workload is None:
        return {}
    try:
        token = signing.signed_in(site.url, signing.first_account(workload)).tokens[0]
    except Unhealthy as error:
        say(f"{error.what} ({error.where}): the request goes without a token. With one: -H 'Authorization: Bearer …'")
        return {}
    return {"Authorization": f"Bearer {token}"}


def _alike(workload: Workload, ask: Ask) -> bool:
    """Whether a request of the workload is to the same collection: the first three steps of a path."""
    asked = ask.path.partition("?")[0].split("/")[:4]
    return any(request.path.partition("?")[0].split("/")[:4] == asked for request in workload.requests)


def send(url: str, ask: Ask, headers: Mapping[str, str]) -> tuple[TraceSpan, int]:
    """Send the request over a connection of its own; the client's span, and the status. Raises Unhealthy.

    With a traceparent of the user's own it is in that trace, in the place of the span that this names.
    """
    given = _own_traceparent(headers)
    trace_id, identity = (given["trace"], given["span"]) if given else (secrets.token_hex(16), secrets.token_hex(8))
    told = {
        "traceparent": f"00-{trace_id}-{identity}-01",
        "X-Request-Id": trace_id,
        **({"Content-Type": JSON} if ask.body is not None else {}),
        # A trace that somebody goes on with may have seen this order already: it would be answered from there.
        **({"Idempotency-Key": secrets.token_hex(16) if given else trace_id} if ask.method == "POST" else {}),
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
    own = TraceSpan(
        trace=trace_id,
        identity=identity,
        parent=None,
        name=f"{ask.method} {ask.path}",
        service=spans.OWN_PLACE,
        kind="CLIENT",
        began_us=began_ns // 1000,
        took_us=took_ns // 1000,
        tags=(("http.status_code", str(answer.status_code)),),
    )
    return own, answer.status_code


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
            found = tree.behind(found, proxy, client=own, skew_us=SKEW_US)
            extra = [own, found[-1]]  # as long as it is drawn here
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

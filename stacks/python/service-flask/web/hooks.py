"""What surrounds every request: its id and clock before it, headers after it, the log and the metrics at its end."""

import re
import time
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from flask import Flask, Response, g, request
from service import headers, logs, metrics
from service.problems import Problem

from web.parts import parts

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_SERVER_ERROR = 500


def register(app: Flask) -> None:
    """Makes the application call the hooks."""
    app.before_request(_start)
    app.after_request(_add_headers)
    app.teardown_request(_record)


def without_upgrades(application: "WSGIApplication") -> "WSGIApplication":
    """The same for who asks for a WebSocket, which nothing here is: Werkzeug would look for another kind of route."""

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        environ.pop("HTTP_UPGRADE", None)
        return application(environ, start_response)

    return answer


def _start() -> None:
    g.started_s = time.perf_counter()
    g.request_id = headers.request_id(request.headers.get("X-Request-Id"))
    peer, forwarded = request.remote_addr or "", request.headers.get("X-Forwarded-For")
    g.client = headers.client_address(peer, forwarded, trust=parts().settings.trust_proxy)
    g.headers = []  # of the rate limit
    g.user_id = None  # as far as the token tells
    g.order_id = None  # of the order that it makes
    g.status = _SERVER_ERROR
    headers.require_line(request.method, len(request.environ.get("RAW_URI", "")))
    if request.environ["PATH_INFO"].startswith("//"):  # which Werkzeug takes for one slash
        raise Problem("not-found")


def _add_headers(response: Response) -> Response:
    g.status = response.status_code
    response.headers.extend(g.headers)
    response.headers["X-Request-Id"] = g.request_id
    if request.path.startswith("/api/v1/"):
        response.headers["Cache-Control"] = "no-store"
    return response


def _record(_error: BaseException | None) -> None:
    """Runs whatever happened to the request, also where no answer could be made."""
    duration_s = time.perf_counter() - g.started_s
    route = _template(request.url_rule.rule) if request.url_rule else None
    metrics.count_request(request.method, route, g.status, duration_s)
    if parts().settings.access_log:
        logs.request_line(
            request_id=g.request_id,
            method=request.method,
            path=request.path,
            status=g.status,
            duration_s=duration_s,
            client=g.client,
            user_id=g.user_id,
            order_id=g.order_id,
        )


@cache
def _template(rule: str) -> str:
    """Flask's rule as the contract writes it: /api/v1/users/{id}."""
    return re.sub("<.+?>", "{id}", rule)

"""What happens around every request, routed or not: its id and client, common headers, log line and metrics."""

import asyncio
import logging
import re
import time
from typing import Any

from answers_http import problem_response, sent
from service.headers import client_address, request_id, require_line
from service.logs import request_line
from service.metrics import count_request
from service.problems import Problem
from service.settings import Settings
from starlette.types import ASGIApp, Message, Receive, Scope, Send

API = "/api/v1/"
_OF_AN_ID = re.compile(r"/api/v1/(users|items|orders)/[^/]+")
LOG = logging.getLogger("service")


class Observe:
    """ASGI middleware as a plain class: Starlette's BaseHTTPMiddleware would start a task more for each request."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._trust_proxy = settings.trust_proxy
        self._access_log = settings.access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began_s = time.perf_counter()
        state = self._begin(scope)
        app = _refusing(scope) or self._app
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *_common_headers(scope["path"], state)]
            await send(message)

        try:
            await app(scope, receive, send_with_headers)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - the edge: what nobody expected ends here
            if not status:  # else the answer is under way
                await problem_response(_problem_of(error, state))(scope, receive, send_with_headers)
        finally:
            self._end(scope, state, status, time.perf_counter() - began_s)

    def _begin(self, scope: Scope) -> dict[str, Any]:
        """What the rest of the request knows as `request.state`."""
        state: dict[str, Any] = scope["state"]
        state["request_id"] = request_id(sent(scope, b"x-request-id"))
        peer = scope["client"][0] if scope["client"] else ""  # who hung up already has no address
        state["client"] = client_address(peer, sent(scope, b"x-forwarded-for"), trust=self._trust_proxy)
        state["user_id"] = None
        state["order_id"] = None
        state["headers"] = []
        return state

    def _end(self, scope: Scope, state: dict[str, Any], status: int, duration_s: float) -> None:
        route = scope.get("route")
        count_request(scope["method"], route.path if route else None, status, duration_s)
        if self._access_log:
            request_line(
                request_id=state["request_id"],
                method=scope["method"],
                path=scope["path"],
                status=status,
                duration_s=duration_s,
                client=state["client"],
                user_id=state["user_id"],
                order_id=state["order_id"],
            )


def _refusing(scope: Scope) -> ASGIApp | None:
    """The application that refuses a request before it is routed; None where there is no reason to."""
    target = scope.get("raw_path", b""), scope["query_string"]  # not every server gives the first
    try:
        require_line(scope["method"], len(b"?".join(filter(None, target))))
    except Problem:
        return _too_long
    if sum(name == b"content-type" for name, _ in scope["headers"]) > 1:
        return _malformed
    # Starlette's patterns end with `$`, which also stands before a line end at the very end; that of an id takes it in.
    if scope["path"].endswith("\n") and not _OF_AN_ID.fullmatch(scope["path"]):
        return _nowhere
    return None


async def _nowhere(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise Problem("not-found")


async def _too_long(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise Problem("uri-too-long")


async def _malformed(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise Problem("malformed-request")


def _common_headers(path: str, state: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    headers = [(b"x-request-id", state["request_id"].encode())]
    if path.startswith(API):
        headers.append((b"cache-control", b"no-store"))
        headers += [(name.encode(), value.encode()) for name, value in state["headers"]]
    return headers


def _problem_of(error: BaseException, state: dict[str, Any]) -> Problem:
    """503 for who is cut off because the service stops, 500 and a line in the log for what nobody expected."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, asyncio.CancelledError):
        return Problem("unavailable")
    LOG.error("unexpected error", exc_info=error, extra={"request_id": state["request_id"]})
    return Problem("internal-error")

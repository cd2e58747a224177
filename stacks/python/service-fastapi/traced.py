"""Traces of requests: around the whole application, and only where TRACES=on."""

import time

from answers_http import sent
from service.tracing import PROBES, Tracing, answered
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from traced_protocol import HEAD_AT


class Traced:
    """ASGI middleware: a span for each request that is no probe."""

    def __init__(self, app: ASGIApp, tracing: Tracing) -> None:
        self._app = app
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in PROBES:
            await self._app(scope, receive, send)
            return
        head_at_ns = scope["state"].get(HEAD_AT) or time.time_ns()
        parent = sent(scope, b"traceparent")
        with self._tracing.request(
            scope["method"], scope["path"], parent, head_at_ns=head_at_ns, queue="wait for the loop"
        ) as span:

            async def start(message: Message) -> None:
                if message["type"] == "http.response.start":
                    identity = dict(message["headers"]).get(b"x-request-id", b"").decode()
                    answered(span, message["status"], identity or None)
                await send(message)

            await self._app(scope, receive, start)

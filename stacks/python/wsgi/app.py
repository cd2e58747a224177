"""A bare WSGI callable: what is left of a Python service when the framework is taken away."""

from collections.abc import Callable, Iterable
from time import sleep
from typing import Any

import work

StartResponse = Callable[[str, list[tuple[str, str]]], object]


def health() -> tuple[str, bytes]:
    if work.HEALTH_DELAY_S:
        sleep(work.HEALTH_DELAY_S)
    return "text/plain; charset=utf-8", b"ok"


def ping() -> tuple[str, bytes]:
    return "application/json", b'{"message": "pong"}'


def ready() -> tuple[str, bytes]:
    return "text/plain; charset=utf-8", b"ready"


PATHS = {"/health": health, "/api/ping": ping, "/ready": ready}


def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    handler = PATHS.get(environ["PATH_INFO"])
    status, content_type, body = "200 OK", "text/plain; charset=utf-8", b""
    if handler is None:
        status, body = "404 Not Found", b"not found"
    elif environ["REQUEST_METHOD"] != "GET":
        status, body = "405 Method Not Allowed", b"method not allowed"
    else:
        content_type, body = handler()
    start_response(status, [("Content-Type", content_type), ("Content-Length", str(len(body)))])
    return [body]

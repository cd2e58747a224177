"""A WSGI callable by hand: the same bytes as Flask's, without Flask."""

from collections.abc import Callable, Iterable
from typing import Any

StartResponse = Callable[[str, list[tuple[str, str]]], object]

TEXT = "text/plain; charset=utf-8"
PATHS = {
    "/ready": (TEXT, b"ready"),
    "/health": (TEXT, b"ok"),
    # As Flask writes JSON: no space after the colon, and a newline at the end.
    "/api/ping": ("application/json", b'{"message":"pong"}\n'),
}


def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    if environ["PATH_INFO"] not in PATHS:
        status, content_type, body = "404 Not Found", TEXT, b"not found"
    elif environ["REQUEST_METHOD"] != "GET":
        status, content_type, body = "405 Method Not Allowed", TEXT, b"method not allowed"
    else:
        content_type, body = PATHS[environ["PATH_INFO"]]
        status = "200 OK"
    start_response(status, [("Content-Type", content_type), ("Content-Length", str(len(body)))])
    return [body]

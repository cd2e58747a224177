"""A WSGI callable that tells who it thinks is asking: what a log, a rate limit or a block list would believe."""

from collections.abc import Callable, Iterable
from typing import Any

StartResponse = Callable[[str, list[tuple[str, str]]], object]


def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    path, status = environ["PATH_INFO"], "200 OK"
    if path == "/who":
        text = environ.get("HTTP_X_FORWARDED_FOR", environ["REMOTE_ADDR"])
    elif path == "/upload":
        text = f"{len(environ['wsgi.input'].read())} bytes"
    elif path in ("/ready", "/health", "/api/ping"):
        text = path.rpartition("/")[2]
    else:
        status, text = "404 Not Found", "not found"
    body = text.encode()
    start_response(status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]

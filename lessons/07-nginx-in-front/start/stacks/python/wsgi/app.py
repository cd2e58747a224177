"""A WSGI callable for slow clients: /large is 1 MB that no proxy knows a file for, /upload reads a body to its end."""

from collections.abc import Callable, Iterable
from typing import Any

StartResponse = Callable[[str, list[tuple[str, str]]], object]

LARGE = b"0123456789abcde\n" * 65_536
PATHS = {"/ready": b"ready", "/health": b"ok", "/large": LARGE}


def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    body = PATHS.get(environ["PATH_INFO"])
    if environ["PATH_INFO"] == "/upload":
        body = f"{len(environ['wsgi.input'].read())} bytes".encode()
    status = "200 OK" if body is not None else "404 Not Found"
    content = body or b"not found"
    start_response(status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(content)))])
    return [content]

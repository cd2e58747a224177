"""A WSGI callable by hand: yours to write. It answers /ready, which the lab waits for, and nothing else yet."""

from collections.abc import Callable, Iterable
from typing import Any

StartResponse = Callable[[str, list[tuple[str, str]]], object]


def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/ready":
        start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", "5")])
        return [b"ready"]
    start_response("501 Not Implemented", [("Content-Type", "text/plain"), ("Content-Length", "0")])
    return [b""]

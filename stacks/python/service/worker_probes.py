"""What the worker answers over HTTP: whether it lives, whether it is ready, and what it counts."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from service import metrics, queries
from service.steps import POSTGRES, Unreachable
from service.watch import Watch, in_threads

PORT = 8080
PLAIN = "text/plain; charset=utf-8"


def serve_probes(engine: Engine, works: Callable[[], bool], port: int = PORT) -> ThreadingHTTPServer:
    """Answers GET /live, /ready and /metrics, in threads of its own; `works` says whether the worker does."""
    seen = Watch()
    in_threads(seen, {POSTGRES: lambda: _ask(engine)}, (SQLAlchemyError,))
    pages = {
        "/live": lambda: (200, PLAIN, b"live"),
        "/ready": lambda: (200, PLAIN, b"ready") if seen.ready and works() else (503, PLAIN, b"unavailable"),
        "/metrics": lambda: (200, metrics.CONTENT_TYPE, metrics.text() + _queue(engine, seen)),
    }
    server = ThreadingHTTPServer(("0.0.0.0", port), _handler(pages))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def _queue(engine: Engine, seen: Watch) -> bytes:
    """The queue as it is now; nothing where Postgres does not answer."""
    try:
        seen.require(POSTGRES)
        with engine.connect() as connection:
            depth, age_s = connection.execute(queries.QUEUE).one()
    except (SQLAlchemyError, Unreachable):
        return b""
    return metrics.queue_text(int(depth), float(age_s))


def _ask(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(queries.ANSWERS)


def _handler(pages: dict[str, Callable[[], tuple[int, str, bytes]]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, content_type, body = pages.get(self.path, lambda: (404, PLAIN, b"not found"))()
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Health checks are not worth a line."""

    return Handler

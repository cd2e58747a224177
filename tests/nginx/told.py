"""The app behind Nginx in these tests: it answers what it was told. It runs in a container, with nothing but Python.

Query: `hold` (no answer before another request says `release`), `status`, `fill` (bytes that the answer is longer by),
`hang_up` (instead of an answer).
"""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Event
from urllib.parse import parse_qs, urlsplit

heard = count(1)
held: list[str] = []
hung_up_on: list[str] = []
released = Event()


def hold() -> None:
    """Wait for a request that says so."""
    held.append("one more")
    released.wait()


class Told(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer leaves in one piece

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if path == "/ready":
            return self.answer(200, {})
        if "hang_up" in query:
            hung_up_on.append(self.command)
            self.close_connection = True
            return None
        if "hold" in query:
            hold()
        if "release" in query:
            released.set()
        said = {
            "held": len(held),
            "hung_up_on": hung_up_on,
            "requests": next(heard),  # without those of health checks
            "connection": self.client_address[1],
            "headers": [(name.lower(), value) for name, value in self.headers.items()],
            "body_bytes": len(body),
            "fill": "x" * int(query.get("fill", ["0"])[0]),
        }
        return self.answer(int(query.get("status", ["200"])[0]), said)

    def do_POST(self) -> None:
        self.do_GET()

    def answer(self, status: int, said: dict[str, object]) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Request-Id", self.headers.get("X-Request-Id", "none"))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the answers tell all."""


ThreadingHTTPServer(("0.0.0.0", 8080), Told).serve_forever()  # noqa: S104 (inside of a container)

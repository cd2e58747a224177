"""A server that gives every tenth client the other one's answer; with 0, nobody. usage: swapping PORT EVERY."""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

PORT, EVERY = int(sys.argv[1]), int(sys.argv[2])
ANSWERS = {"/a": b"answer a", "/b": b"answer b"}
OTHER = {"/a": "/b", "/b": "/a"}
number = count(1)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        swapped = EVERY and next(number) % EVERY == 0
        body = ANSWERS[OTHER[path] if swapped else path]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionResetError:
            return  # the load is over

    def log_message(self, *_args: object) -> None:
        return


class Server(ThreadingHTTPServer):
    request_queue_size = 128


Server(("127.0.0.1", PORT), Handler).serve_forever()

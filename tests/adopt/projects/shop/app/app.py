"""Answers with what it finds on its volume, and writes to all that it may write to."""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

for folder in ("/data", "/state"):
    with Path(folder, "touched").open("a") as file:
        file.write("by a container\n")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        names = " ".join(sorted(os.listdir("/data")))
        answer = names if self.path == "/data" else os.environ["GREETING"]
        body = f"{answer}\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("", 8000), Handler).serve_forever()

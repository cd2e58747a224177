"""Answers with what it was told."""

import os
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{os.environ['FROM_DOTENV']} {os.environ['FROM_FILE']}".encode())


HTTPServer(("", 8000), Handler).serve_forever()

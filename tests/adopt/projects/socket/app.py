"""Listens on a socket in the file system."""

import os
from http.server import BaseHTTPRequestHandler
from socketserver import UnixStreamServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"through the socket")

    def address_string(self):
        return "socket"


server = UnixStreamServer("/run/app/app.sock", Handler)
os.chmod("/run/app/app.sock", 0o777)
server.serve_forever()

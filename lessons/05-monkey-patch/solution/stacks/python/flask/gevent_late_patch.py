"""Flask under gevent's own server, patched before anything else is imported."""

from gevent import monkey

# First of all: what is imported afterwards binds gevent's functions.
monkey.patch_all()

from app import app  # noqa: E402
from gevent.pywsgi import WSGIServer  # noqa: E402

WSGIServer(("0.0.0.0", 8080), app, backlog=4096, log=None).serve_forever()

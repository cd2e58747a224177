"""Flask under gevent's own server, without monkey.patch_all()."""

from app import app
from gevent.pywsgi import WSGIServer

# Every request runs in a greenlet, but all greenlets share one thread, and `sleep` holds that thread: one
# request after the other.
WSGIServer(("0.0.0.0", 8080), app, backlog=4096, log=None).serve_forever()

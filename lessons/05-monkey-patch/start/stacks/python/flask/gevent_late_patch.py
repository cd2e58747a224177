"""Flask under gevent's own server, with everything patched that gevent can patch."""

from app import app
from gevent import monkey
from gevent.pywsgi import WSGIServer

monkey.patch_all()

WSGIServer(("0.0.0.0", 8080), app, backlog=4096, log=None).serve_forever()

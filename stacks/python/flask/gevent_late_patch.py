"""Flask under gevent's own server, patched too late: the article's row."""

from app import app  # `from time import sleep` happens in here
from gevent import monkey
from gevent.pywsgi import WSGIServer

# Puts gevent's sleep where time.sleep was. app.py has kept the old one under its own name, and goes on to
# call that: one request after the other, as if nothing had been patched.
monkey.patch_all()

WSGIServer(("0.0.0.0", 8080), app, backlog=4096, log=None).serve_forever()

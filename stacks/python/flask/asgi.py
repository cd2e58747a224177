"""Flask as an ASGI application, by the adapter that Flask's own documentation names for Hypercorn.

asgiref runs every request in the one thread that it keeps per process, since code written for WSGI may rely on
staying in one thread. So each process serves one request at a time, whatever the event loop in front of it holds.
"""

from app import app as wsgi_app
from asgiref.wsgi import WsgiToAsgi

app = WsgiToAsgi(wsgi_app)

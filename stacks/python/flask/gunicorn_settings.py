"""Gunicorn's settings from the environment: what the variants of compose/gunicorn-flask.yaml differ in."""

import os

from gunicorn.workers import SUPPORTED_WORKERS

workers = int(os.environ.get("WORKERS", "4"))
worker_class = os.environ.get("WORKER_CLASS", "sync")
threads = int(os.environ.get("THREADS", "1"))
worker_connections = int(os.environ.get("WORKER_CONNECTIONS", "1000"))

# Eventlet's sockets have no sendfile that lets the others go on; without it static files go the common way.
sendfile = worker_class != "eventlet"

# Gunicorn 26 dropped its eventlet worker. `seed` still has Gunicorn's; newer ones get a small one of ours.
SUPPORTED_WORKERS.setdefault("eventlet", "eventlet_worker.EventletWorker")

"""Gunicorn's settings: processes with threads, made from one that has loaded the application and checked its parts."""

import os
import sys
import tempfile
from typing import Any

# The processes' metrics are files here, so that each can answer for all. The library looks once, when it is imported.
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="metrics-"))

from prometheus_client.multiprocess import mark_process_dead

workers = int(os.environ.get("WORKERS", "4"))
threads = int(os.environ.get("THREADS", "16"))
# Gunicorn's gthread, which reads heads before it takes threads: head_first.py. For traces it also notes when.
traced = os.environ.get("TRACES") == "on"
worker_class = "traced_worker.TracedWorker" if traced else "head_first.HeadFirstWorker"
# How long a head may be, head_first.py says; how long its first line, the service, with a problem document.
limit_request_line = 0
limit_request_fields = 1000
# The application is made once, before the workers: if Postgres or Redis cannot be reached, nothing is started at all.
preload_app = True
# Longer than Nginx keeps its connections to us (60 s): who closes first must not be us, or a request may get lost.
keepalive = 75

# Of a process that a reload ends, for its requests under way: as long as an order may take. The command line's
# --graceful-timeout is for the end of the whole container, which is given 2 s.
RELOADED_S = 30


def post_fork(_server: Any, worker: Any) -> None:
    """The process has its own copy of the settings from here on; that of the main process stays as it is."""
    worker.cfg.set("graceful_timeout", RELOADED_S)


def post_worker_init(worker: Any) -> None:
    """Each process looks at the stores itself."""
    worker.wsgi.extensions["service"].keep_watch()


def child_exit(_server: Any, worker: Any) -> None:
    """A process that ended gives up its gauges; what it counted stays."""
    mark_process_dead(worker.pid)


def worker_exit(_server: Any, _worker: Any) -> None:
    """Ends the process at once: Python would first take apart all that it has loaded, half a second for nothing."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)

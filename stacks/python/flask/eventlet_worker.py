"""An eventlet worker for Gunicorns from 26 on, which have none; what it stands on, AsyncWorker, is still there.

Eventlet itself says that it is for existing programs only. This keeps its row comparable, no more: no TLS.
"""

from functools import partial
from typing import Any

import eventlet
from eventlet import hubs
from eventlet.greenio import GreenSocket
from gunicorn.workers.base_async import AsyncWorker


class EventletWorker(AsyncWorker):
    """A greenlet per connection, at most `worker_connections` of them."""

    def init_process(self) -> None:
        # After the fork and before the application is imported: its `from time import sleep` is eventlet's then.
        hubs.use_hub()
        eventlet.monkey_patch()
        super().init_process()

    def timeout_ctx(self) -> eventlet.Timeout:
        """How long an idle connection is kept; False: it ends without an exception."""
        return eventlet.Timeout(self.cfg.keepalive or None, False)

    def handle_quit(self, sig: int, frame: Any) -> None:
        # In a greenlet of its own: a signal may arrive in the hub, which must not wait.
        eventlet.spawn(super().handle_quit, sig, frame)

    def run(self) -> None:
        pool = eventlet.GreenPool(self.worker_connections)
        acceptors = [eventlet.spawn(self._accept, pool, sock) for sock in self.sockets]
        while self.alive:
            self.notify()
            eventlet.sleep(0.5)
        for acceptor in acceptors:
            acceptor.kill()
        with eventlet.Timeout(self.cfg.graceful_timeout, False):
            pool.waitall()

    def _accept(self, pool: eventlet.GreenPool, sock: Any) -> None:
        listener = GreenSocket(sock)
        serve = partial(self.handle, listener)
        while True:
            pool.spawn_n(serve, *listener.accept())

"""The worker of head_first.py where requests are traced: it notes when each head was there."""

import threading
import time
from typing import Any

from head_first import Connection, HeadFirstWorker

_OF_THIS_THREAD = threading.local()


class TracedWorker(HeadFirstWorker):
    """A thread knows since when the request that it has was waiting for it."""

    def enqueue_req(self, conn: Connection) -> None:
        """The last time that this is called for a request, its head is whole."""
        conn.head_at_ns = time.time_ns()  # type: ignore[attr-defined]
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        """Runs in the thread."""
        _OF_THIS_THREAD.head_at_ns = conn.head_at_ns
        return super().handle(conn)


def head_at_ns() -> int:
    """When the head of this thread's request was there; now, where there is no such worker."""
    return getattr(_OF_THIS_THREAD, "head_at_ns", None) or time.time_ns()

"""A Gunicorn worker that reads the head of a request before it takes a thread for it.

Gunicorn's own gives each connection a thread, which waits for the head: with as many slow clients as threads nobody
else is answered. Here one loop collects the heads of all, and threads are for requests only. As it has read what is
asked for, it also keeps apart what must not wait for each other. Decision 0039 has the reasons.
"""

import struct
import time
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from selectors import EVENT_READ
from socket import SO_SNDTIMEO, SOL_SOCKET
from typing import Any

from gunicorn.http import get_parser
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn, ThreadWorker

HEAD_S = 5.0  # for a head, from its first byte; of a new connection, from its beginning
BODY_S = 30.0  # for a whole body, however it trickles
TAKEN_S = 30  # for the client to take a piece of its answer
MOST_OF_A_HEAD = 32_768  # bytes
AT_A_TIME = 16_384  # bytes
MOST_UNREAD = (
    131_072  # bytes of a refused body that are read away, so that its connection can be kept; twice Nginx's limit
)
END = b"\r\n\r\n"
TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
PROBES = (b"/live", b"/ready")
ORDERS = (b"POST", b"/api/v1/orders")
HASHES = ((b"POST", b"/api/v1/login"), (b"POST", b"/api/v1/users"))  # what waits until a password's turn comes


class Bounded(SocketUnreader):
    """What a thread reads of a connection, which is the body: all of it until a moment, however it trickles."""

    until_s = 0.0

    def chunk(self, size_hint: int | None = None) -> bytes:
        """The next bytes; raises TimeoutError where they come too late."""
        before_s = self.sock.gettimeout()
        left_s = max(0.001, self.until_s - time.monotonic())
        self.sock.settimeout(left_s if before_s is None else min(before_s, left_s))
        try:
            return super().chunk(size_hint)
        finally:
            self.sock.settimeout(before_s)


class Connection(TConn):
    """A connection whose head is read by the loop; `closing` waits for clients who do not hang up."""

    def __init__(self, cfg: Any, sock: Any, client: Any, server: Any, closing: Executor) -> None:
        super().__init__(cfg, sock, client, server)
        self.parser = get_parser(cfg, sock, client)
        self.parser.unreader = Bounded(sock)
        self.data_ready = True  # whenever a thread gets it
        self._closing = closing
        # The kernel's own time limit: one of Python's would also hold up the look whether the client has gone.
        sock.setsockopt(SOL_SOCKET, SO_SNDTIMEO, struct.pack("ll", TAKEN_S, 0))

    def close(self, graceful: bool = False) -> None:
        """Gunicorn's graceful way takes up to 2 s, for which its loop would wait."""
        if graceful:
            self._closing.submit(super().close, graceful=True)
        else:
            super().close()

    def receive(self) -> bytes | None:
        """All that there is of the head, or None of a client who has left or was too slow."""
        self.sock.setblocking(False)
        head: bytes = self.parser.unreader.take_buffered()
        try:
            received = self.sock.recv(AT_A_TIME)
        except BlockingIOError:
            received = b""
        except OSError:
            return None
        else:
            if not received:
                return None
        head = (head + received).lstrip(b"\r\n")  # empty lines before a request are no part of it
        self.parser.unreader.unread(head)
        return head


class HeadFirstWorker(ThreadWorker):
    """Threads in four lanes: probes, orders, passwords, and all the rest."""

    def init_process(self) -> None:
        """Orders and passwords have as many threads as all the rest: those that wait there leave the others alone."""
        self._probes = ThreadPoolExecutor(1)
        self._orders = ThreadPoolExecutor(self.cfg.threads)
        self._hashes = ThreadPoolExecutor(self.cfg.threads)
        self._closing = ThreadPoolExecutor(self.cfg.threads)
        super().init_process()

    def accept(self, listener: Any) -> None:
        """Takes a connection, but no thread for it."""
        try:
            sock, client = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):  # another process was quicker; it left
            return
        self.nr_conns += 1
        conn = Connection(self.cfg, sock, client, listener.getsockname(), self._closing)
        conn.timeout = time.monotonic() + HEAD_S
        self.enqueue_req(conn)

    def on_client_socket_readable(self, conn: Connection, client: Any) -> None:
        """The next head of a connection that was kept begins."""
        conn.timeout = time.monotonic() + HEAD_S
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self.enqueue_req(conn)

    def enqueue_req(self, conn: Connection) -> None:
        """Hands a connection with a whole head to a thread; with half of one it waits for the rest, in no thread."""
        head = conn.receive()
        if head is None or (END not in head and time.monotonic() > (conn.timeout or 0)):
            self._drop(conn)
        elif len(head) - len(head.partition(END)[2]) > MOST_OF_A_HEAD:
            conn.sock.send(TOO_LONG)
            self._drop(conn, graceful=True)
        elif END in head:
            conn.parser.unreader.until_s = time.monotonic() + BODY_S
            done = self._lane(head).submit(self.handle, conn)
            done.add_done_callback(lambda done: self.method_queue.defer(self.finish_request, conn, done))
        else:
            self.pending_conns.append(conn)
            self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def murder_keepalived(self, force: bool = False) -> None:
        """Closes connections that were kept long enough, but none whose next request came while others were read."""
        if not force and self.keepalived_conns and self.keepalived_conns[0].timeout <= time.monotonic():
            self.wait_for_and_dispatch_events(timeout=0)
        super().murder_keepalived(force)

    def finish_request(self, conn: Connection, fs: Any) -> None:
        """After an answer; a next request that came together with this one begins now."""
        conn.timeout = time.monotonic() + HEAD_S
        super().finish_request(conn, fs)

    def _keepalive_after(self, conn: Connection, keepalive: bool) -> bool:
        """Whether the connection is kept after an answer that announced it; else the next request would be lost.

        Gunicorn's own limit is just what Nginx lets through.
        """
        return keepalive and bool(conn.parser.finish_body(deadline=time.monotonic() + HEAD_S, max_bytes=MOST_UNREAD))

    def _drop(self, conn: Connection, *, graceful: bool = False) -> None:
        self.nr_conns -= 1
        conn.close(graceful=graceful)

    def _lane(self, head: bytes) -> Executor:
        """Which threads a request is for."""
        method, _, rest = head.partition(b" ")
        path = rest.partition(b" ")[0].partition(b"?")[0]
        fields = head.partition(END)[0].lower()
        has_body = b"\ncontent-length:" in fields or b"\ntransfer-encoding:" in fields
        if path in PROBES and not has_body:  # a body that trickles would hold up the next probe
            return self._probes
        if (method, path) == ORDERS:
            return self._orders
        if (method, path) in HASHES:
            return self._hashes
        pool: Executor = self.tpool
        return pool

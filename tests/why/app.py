"""An application in miniature that gives way in the manner that MODE names; it answers /ready and /api/ping.

Runs in the lab's image of Flask, and uses the standard library alone (and gevent, where that is the manner), so that
nothing but the manner is in it. tests/why/stacks/*.yaml deploy it.
"""

import asyncio
import fcntl
import os
import resource
import socket
import struct
import sys
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path

PORT, DATABASE_PORT = 8080, 5432
READ = 65536
OPEN_FILES = 64
"""In the mode `files`."""
DEAF_AFTER = 20
"""Requests, in the mode `deaf`."""
QUICK, SLOW_S = 12, 3.5
"""Requests, and what those after them take, in the application `slow_later`."""
WORK_S = float(os.environ.get("WORK_S", "0.1"))
CONNECT_S = float(os.environ.get("CONNECT_S", "0"))
SLOTS = int(os.environ.get("SLOTS", "64"))
POOL_SIZE = int(os.environ.get("POOL_SIZE", "64"))
QUERIES = int(os.environ.get("QUERIES", "1"))
POOL_IDLE = int(os.environ.get("POOL_IDLE", "64"))
BACKLOG = int(os.environ.get("BACKLOG", "1024"))
KEEP_ALIVE_S = float(os.environ.get("KEEP_ALIVE_S", "75"))
SWEPT_AFTER_S = 0.2
"""So much later is a kept connection closed whose time is over: until then it looks as if it could be used."""
NUMBERS = count(1)
"""Of requests, where not all take as long."""
BODIES = {"/ready": (b"text/plain", b"ready"), "/api/ping": (b"application/json", b'{"message":"pong"}')}
FAILED = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def answer(path: str, *, close: bool = False) -> bytes:
    content_type, body = BODIES[path]
    last = b"Connection: close\r\n" if close else b""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n%b\r\n"
    return head % (content_type, len(body), last) + body


def path_of(request: bytes) -> str:
    return request.split(b" ", 2)[1].decode()


def reset(writer: asyncio.StreamWriter) -> None:
    """Close a connection as the kernel does one that was closed before the request came: by a reset."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class Threads:
    """A number of threads, each of which serves a request and closes its connection, like a sync worker of Gunicorn."""

    def __init__(self, work: Callable[[], None], *, slots: int = SLOTS) -> None:
        self.work = work
        self.listener = socket.create_server(("", PORT), backlog=BACKLOG)
        for _ in range(slots - 1):
            threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            connection, _ = self.listener.accept()
            with connection:
                self.talk(connection)

    def talk(self, connection: socket.socket) -> None:
        if request := connection.recv(READ):
            path = path_of(request)
            try:
                if path == "/api/ping":
                    self.work()
                connection.sendall(answer(path, close=True))
            except ConnectionError:
                connection.sendall(FAILED)


class Loop:
    """An event loop, and what each request does in it."""

    def __init__(self, work: Callable[[], Awaitable[None]], *, close: bool = False) -> None:
        self.work, self.close = work, close

    async def main(self) -> None:
        await asyncio.start_server(self.talk, "", PORT, backlog=BACKLOG)
        await asyncio.Event().wait()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        rested_since = time.monotonic()
        try:
            while request := await asyncio.wait_for(reader.read(READ), KEEP_ALIVE_S + SWEPT_AFTER_S):
                if time.monotonic() - rested_since > KEEP_ALIVE_S:
                    reset(writer)  # its time was over just when the request came
                    return
                path = path_of(request)
                if path == "/api/ping":
                    await self.work()
                writer.write(answer(path, close=self.close))
                rested_since = time.monotonic()
        except (ConnectionError, TimeoutError):
            return  # the client has gone, or has nothing to say
        finally:
            writer.close()


def rests() -> None:
    """Wait, as for somebody else."""
    time.sleep(WORK_S)


async def at_once() -> None:
    """Nothing to do."""


async def sleeps() -> None:
    await asyncio.sleep(WORK_S)


async def sleeps_long_at_times() -> None:
    """A third of the requests takes a second: that is their nature."""
    await asyncio.sleep(1 if next(NUMBERS) % 3 == 0 else WORK_S)


async def blocks() -> None:
    time.sleep(WORK_S)  # the mistake: nobody else is served meanwhile


async def computes() -> None:
    burn()


class Pausing:
    """Answers at once, and stands still now and then, as for a garbage collection: nobody is accepted then."""

    async def main(self) -> None:
        await asyncio.start_server(Loop(at_once, close=True).talk, "", PORT, backlog=BACKLOG)
        while True:
            await asyncio.sleep(0.5)
            time.sleep(0.2)


class Crowded:
    """The more requests are in service, the longer each takes, without any CPU."""

    def __init__(self) -> None:
        self.inside = 0

    async def work(self) -> None:
        self.inside += 1
        try:
            await asyncio.sleep(WORK_S * self.inside)
        finally:
            self.inside -= 1


class Hoarder:
    """Keeps two MiB of each request."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []

    async def work(self) -> None:
        self.kept.append(os.urandom(1) * 2**21)


class Deaf:
    """Stops listening after some requests, and goes on otherwise."""

    def __init__(self) -> None:
        self.numbers = count(1)
        self.server: asyncio.Server | None = None

    async def main(self) -> None:
        self.server = await asyncio.start_server(Loop(self.work, close=True).talk, "", PORT)
        await asyncio.Event().wait()

    async def work(self) -> None:
        if next(self.numbers) == DEAF_AFTER and self.server:
            self.server.close()


def ask(connection: socket.socket) -> None:
    """One query."""
    connection.sendall(b"?")
    connection.recv(1)


def connected() -> socket.socket:
    return socket.create_connection(("db", DATABASE_PORT))


class Locked:
    """Works under a lock that all threads share."""

    def __init__(self) -> None:
        self.lock = threading.Lock()

    def work(self) -> None:
        with self.lock:
            time.sleep(WORK_S)


def contended() -> None:
    """Work under a lock on a file, as processes share one."""
    with Path("/tmp/lock").open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        time.sleep(WORK_S)


class Pool:
    """Connections to the database: `POOL_SIZE` at once at most, of which `POOL_IDLE` are kept."""

    def __init__(self) -> None:
        self.room, self.lock = threading.BoundedSemaphore(POOL_SIZE), threading.Lock()
        self.kept = deque[socket.socket]()

    def take(self) -> socket.socket:
        self.room.acquire()
        with self.lock:
            kept = self.kept.pop() if self.kept else None
        return kept or connected()

    def give_back(self, connection: socket.socket) -> None:
        with self.lock:
            keep = len(self.kept) < POOL_IDLE
            if keep:
                self.kept.append(connection)
        if not keep:
            connection.close()
        self.room.release()

    def ask(self) -> None:
        """Queries at the same time, each on a connection of its own."""
        taken = [self.take() for _ in range(QUERIES)]
        for connection in taken:
            ask(connection)
        for connection in taken:
            self.give_back(connection)


def stored() -> None:
    """One query of a real Postgres, on a connection of its own."""
    import psycopg  # type: ignore[import-not-found]  # noqa: PLC0415 - in this mode alone

    try:
        with psycopg.connect("host=postgres user=app dbname=postgres") as connection:
            connection.execute("select pg_sleep(%s)", [WORK_S])
    except psycopg.OperationalError as error:
        raise ConnectionError from error


def relay() -> None:
    """Ask whatever is behind, on a connection of its own."""
    with connected() as connection:
        ask(connection)


def serve_queries(connection: socket.socket, work: Callable[[], None] = rests) -> None:
    with connection:
        while connection.recv(1):
            work()
            connection.sendall(b"!")


def behind() -> socket.socket:
    """The listener of what stands behind, with a loop beside it that answers /ready."""
    threading.Thread(target=asyncio.run, args=(Loop(at_once).main(),), daemon=True).start()
    return socket.create_server(("", DATABASE_PORT), backlog=BACKLOG)


def database(work: Callable[[], None] = rests) -> None:
    """Works like Postgres: a process for each connection, which takes a while to begin."""
    listener = behind()
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            time.sleep(CONNECT_S)
            serve_queries(connection, work)
            os._exit(0)
        connection.close()


def single() -> None:
    """One thread for everybody."""
    listener = behind()
    while True:
        connection, _ = listener.accept()
        serve_queries(connection)


def gevent() -> None:
    """Greenlets, whose driver is none of gevent's: it waits in the kernel, like one that is written in C."""
    from gevent.server import StreamServer  # type: ignore[import-untyped]  # noqa: PLC0415 - in this mode alone

    pool = Pool()

    def talk(connection: socket.socket, _address: object) -> None:
        while request := connection.recv(READ):
            path = path_of(request)
            if path == "/api/ping":
                pool.ask()
            connection.sendall(answer(path))

    StreamServer(("", PORT), talk).serve_forever()


def loop(work: Callable[[], Awaitable[None]], *, close: bool = False) -> None:
    asyncio.run(Loop(work, close=close).main())


def burn() -> None:
    """Compute in Python, whose threads take turns."""
    end = time.thread_time() + WORK_S
    while time.thread_time() < end:
        pass


def under_gunicorn() -> None:
    """Gunicorn with the arguments of GUNICORN_CMD_ARGS and the WSGI application that WSGI names."""
    from gunicorn.app.wsgiapp import run  # type: ignore[import-untyped]  # noqa: PLC0415 - in this mode alone

    # Not `app`: /srv, where it is started, has another one.
    sys.argv = ["gunicorn", f"--bind=0.0.0.0:{PORT}", f"why.app:{os.environ['WSGI']}"]
    run()


Start = Callable[[str, list[tuple[str, str]]], object]


def wsgi(work: Callable[[], None]) -> Callable[[dict[str, str], Start], list[bytes]]:
    """A WSGI application that does this for each request."""

    def application(environ: dict[str, str], start_response: Start) -> list[bytes]:
        content_type, body = BODIES[environ["PATH_INFO"]]
        if environ["PATH_INFO"] == "/api/ping":
            work()
        start_response("200 OK", [("Content-Type", content_type.decode()), ("Content-Length", str(len(body)))])
        return [body]

    return application


sometimes_long = wsgi(lambda: time.sleep(10 if next(NUMBERS) % 40 == 0 else WORK_S))
slow_later = wsgi(lambda: time.sleep(SLOW_S if next(NUMBERS) > QUICK else WORK_S))


def slow_to_start() -> Callable[[dict[str, str], Start], list[bytes]]:
    """An application whose processes take a second before they serve."""
    time.sleep(1)
    return wsgi(rests)


locked = wsgi(Locked().work)


def few_files() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    loop(sleeps)


MODES: dict[str, Callable[[], None]] = {
    "healthy": lambda: loop(sleeps),
    "blocking": lambda: loop(blocks),
    "cpu": lambda: loop(computes),
    "memory": lambda: loop(Hoarder().work),
    "files": few_files,
    "crowded": lambda: loop(Crowded().work),
    "closes": lambda: loop(at_once, close=True),
    "short-keep-alive": lambda: loop(at_once),
    "deaf": lambda: asyncio.run(Deaf().main()),
    "slots": lambda: Threads(rests).serve(),
    "locked": lambda: Threads(Locked().work).serve(),
    "contended": lambda: Threads(contended).serve(),
    "long-at-times": lambda: loop(sleeps_long_at_times),
    "taking-turns": lambda: Threads(burn).serve(),
    "gunicorn": under_gunicorn,
    "pausing": lambda: asyncio.run(Pausing().main()),
    "stored": lambda: Threads(stored).serve(),
    "computing": lambda: database(burn),
    "pooled": lambda: Threads(Pool().ask).serve(),
    "relay": lambda: Threads(relay).serve(),
    "gevent": gevent,
    "database": database,
    "single": single,
}

if __name__ == "__main__":
    MODES[os.environ["MODE"]]()

"""Requests to a stack on the loopback, one or many at once, and the clients that are slow on purpose."""

import secrets
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests

from lab.lessons.probes import AskFile
from lab.measure.verify import loopback_session

PATIENCE_S = 60.0
"""How long an answer is waited for. No lesson has a handler that takes so long on any machine."""
ID = "{id}"
_SMALL_BUFFER = 2048
_FEW_BYTES = 64
_SIP_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back; status 0 and the reason as body where nothing did."""

    status: int
    headers: dict[str, str]
    """Names in lower case."""
    body: str
    seconds: float


def new_id() -> str:
    """An id for one request."""
    return secrets.token_hex(8)


def ask(
    url: str,
    what: AskFile,
    *,
    identity: str = "",
    session: requests.Session | None = None,
    patience_s: float = PATIENCE_S,
) -> Reply:
    """Send one request. With a session its connection is kept for the next one."""
    began = time.monotonic()
    headers = {name: value.replace(ID, identity or new_id()) for name, value in what.headers.items()}
    own = loopback_session() if session is None else session
    try:
        answer = own.request(
            what.method,
            _address(url, what),
            headers=headers,
            data=what.body.encode() or b"x" * what.body_bytes,
            timeout=patience_s,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        return Reply(status=0, headers={}, body=type(error).__name__, seconds=time.monotonic() - began)
    finally:
        if session is None:
            own.close()
    lower = {name.lower(): value for name, value in answer.headers.items()}
    return Reply(status=answer.status_code, headers=lower, body=answer.text, seconds=time.monotonic() - began)


def _address(url: str, what: AskFile) -> str:
    scheme, _, rest = url.partition("://")
    return f"{what.scheme or scheme}://{rest}{what.path}"


def ask_many(url: str, what: AskFile, *, number: int, at_once: int, patience_s: float = PATIENCE_S) -> list[Reply]:
    """So many requests, so many of them at a time, each with a connection of its own where several are."""
    if at_once == 1:
        with loopback_session() as session:
            return [ask(url, what, session=session, patience_s=patience_s) for _ in range(number)]
    with ThreadPoolExecutor(max_workers=at_once) as pool:
        return list(pool.map(lambda _: ask(url, what, patience_s=patience_s), range(number)))


def together(url: str, what: AskFile, *, at_once: int) -> tuple[float, list[Reply]]:
    """So many requests that begin at the same moment; how many seconds until the last was answered, and the answers."""
    ready = threading.Barrier(at_once + 1)

    def one() -> Reply:
        ready.wait(PATIENCE_S)
        return ask(url, what)

    with ThreadPoolExecutor(max_workers=at_once) as pool:
        under_way = [pool.submit(one) for _ in range(at_once)]
        ready.wait(PATIENCE_S)
        began = time.monotonic()
        replies = [future.result() for future in under_way]
        return time.monotonic() - began, replies


def on_time(url: str, what: AskFile, *, rate: float, seconds: float) -> list[float]:
    """An open loop: each request goes out when it is due; seconds from then until its answer."""
    count = int(rate * seconds)
    began = time.monotonic()

    def one(number: int) -> float:
        due = began + number / rate
        time.sleep(max(due - time.monotonic(), 0.0))
        ask(url, what)
        return time.monotonic() - due

    with ThreadPoolExecutor(max_workers=count) as pool:
        return list(pool.map(one, range(count)))


def in_turn(url: str, what: AskFile, *, rate: float, seconds: float) -> list[float]:
    """A closed loop: the next request waits for the answer; seconds from sending until then."""
    latencies, began = [], time.monotonic()
    with loopback_session() as session:
        while time.monotonic() - began < seconds:
            latencies.append(ask(url, what, session=session).seconds)
            time.sleep(max(1 / rate - latencies[-1], 0.0))
    return latencies


@contextmanager
def unfinished(url: str, what: AskFile, *, clients: int) -> Iterator[None]:
    """So many clients have sent half of a request and hold their connections for the length of the block."""
    parts = urlsplit(url)
    with ExitStack() as held:
        for _ in range(clients):
            connection = held.enter_context(socket.create_connection((parts.hostname or "", parts.port or 80)))
            connection.sendall(f"{what.method} {what.path} HTTP/1.1\r\nHost: slow\r\nX-Unfinished: ".encode())
        yield


@contextmanager
def sending(url: str, what: AskFile, *, clients: int) -> Iterator[None]:
    """So many clients have sent a whole head and the beginning of a body, and hold back the rest for the block."""
    parts = urlsplit(url)
    head = f"{what.method} {what.path} HTTP/1.1\r\nHost: slow\r\nContent-Length: {what.body_bytes}\r\n\r\n"
    with ExitStack() as held:
        for _ in range(clients):
            connection = held.enter_context(socket.create_connection((parts.hostname or "", parts.port or 80)))
            connection.sendall(head.encode() + b"x" * min(_FEW_BYTES, what.body_bytes // 2))
        time.sleep(_SIP_S)  # whoever passes on what has come so far has done it by now
        yield


@contextmanager
def reading(host: str, port: int, what: AskFile, *, clients: int) -> Iterator[None]:
    """So many clients ask, and take a few bytes of the answer at a time for the length of the block."""
    with ExitStack() as held:
        connections = []
        for _ in range(clients):
            connection = held.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER)
            connection.settimeout(PATIENCE_S)
            connection.connect((host, port))
            connection.sendall(f"{what.method} {what.path} HTTP/1.1\r\nHost: slow\r\n\r\n".encode())
            connection.recv(_FEW_BYTES)  # the answer has begun: whoever makes it is at work for this client
            connections.append(connection)
        over = threading.Event()
        sipping = threading.Thread(target=_sip, args=(connections, over), daemon=True)
        sipping.start()
        try:
            yield
        finally:
            over.set()
            sipping.join()


def _sip(connections: Sequence[socket.socket], over: threading.Event) -> None:
    while not over.wait(_SIP_S):
        for connection in connections:
            if not connection.recv(_FEW_BYTES):
                return

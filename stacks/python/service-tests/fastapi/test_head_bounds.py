"""Uvicorn's protocol with bounds for heads: what is refused, and when a connection that says too little is given up."""

import asyncio
from typing import Any

import head_bounds
import pytest
from head_bounds import HeadBoundsProtocol
from uvicorn.config import Config
from uvicorn.server import ServerState

HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n"


async def application(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the method, the query and the body."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    said = scope["method"].encode() + b" " + scope["query_string"] + b" " + body
    length = str(len(said)).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
    await send({"type": "http.response.body", "body": said})


async def asked(*pieces: bytes, of: Any = application) -> bytes:
    """All that comes back until the server hangs up."""
    config = Config(of, http=HeadBoundsProtocol, lifespan="off", log_level="critical")
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: HeadBoundsProtocol(config, state, {}), "127.0.0.1", 0
    )
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0.02)  # so that it comes alone
        received = await reader.read()
        writer.close()
        return received


@pytest.mark.parametrize("sent", [b"", b"GET", HEAD, HEAD + b"X-Long: x"], ids=["nothing", "a word", "lines", "a half"])
def test_who_does_not_finish_a_head_is_hung_up_on(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(head_bounds, "HEAD_S", 0.1)
    assert asyncio.run(asked(sent)) == b""


@pytest.mark.parametrize("end", [b"", b"\r\n\r\n"], ids=["open", "whole"])
def test_a_head_that_is_too_long_is_refused_before_its_end_and_with_it(end: bytes) -> None:
    answer = asyncio.run(asked(HEAD + b"X-Long: " + 40_000 * b"x" + end))
    assert answer == head_bounds.TOO_LONG


@pytest.mark.parametrize("line", [b"GET /", b"GET / HTTP/0.9", b"GET / HTTP/2.0"])
def test_other_versions_of_http_are_refused(line: bytes) -> None:
    assert asyncio.run(asked(line + b"\r\n\r\n")).startswith(b"HTTP/1.1 400")


def test_a_long_body_is_no_long_head() -> None:
    body = 100_000 * b"x"
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    assert asyncio.run(asked(head % len(body) + body)).startswith(b"HTTP/1.1 204")


def test_one_who_is_slow_with_the_next_head_is_hung_up_on_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(head_bounds, "HEAD_S", 0.1)
    assert asyncio.run(asked(HEAD + b"\r\n" + HEAD)).count(b"HTTP/1.1 204") == 1


UPGRADE = b"POST /x?y=1 HTTP/1.1\r\nHost: x\r\nConnection: %bUpgrade\r\nUpgrade: h2c\r\n"
LENGTH, CHUNKED = b"Content-Length: 4\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "pieces",
    [
        (UPGRADE % b"close, " + LENGTH + b"body",),
        (UPGRADE % b"close, " + LENGTH, b"bo", b"dy"),
        (UPGRADE % b"close, ", LENGTH + b"body"),
        (UPGRADE % b"close, " + CHUNKED + b"4\r\nbody\r\n0\r\n\r\n",),
        (UPGRADE % b"close, " + CHUNKED, b"2\r\nbo\r\n2\r\ndy\r\n", b"0\r\n\r\n"),
    ],
    ids=["at once", "in pieces", "a head in pieces", "chunked", "chunks"],
)
def test_a_request_for_an_upgrade_keeps_its_body(pieces: tuple[bytes, ...]) -> None:
    answer = asyncio.run(asked(*pieces, of=echo))
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"POST y=1 body")


def test_what_follows_a_request_for_an_upgrade_is_the_next_request() -> None:
    last = b"GET /?z=2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = asyncio.run(asked(UPGRADE % b"" + LENGTH + b"body" + last, of=echo))
    assert answer.count(b"HTTP/1.1 200") == 2
    assert b"POST y=1 body" in answer
    assert answer.endswith(b"GET z=2 ")

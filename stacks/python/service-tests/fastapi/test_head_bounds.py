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


async def asked(sent: bytes) -> bytes:
    """All that comes back until the server hangs up."""
    config = Config(application, http=HeadBoundsProtocol, lifespan="off", log_level="critical")
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: HeadBoundsProtocol(config, state, {}), "127.0.0.1", 0
    )
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(sent)
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

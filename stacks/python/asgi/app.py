"""A bare ASGI callable: what is left of an asynchronous Python service when the framework is taken away."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import work

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]


async def health() -> tuple[bytes, bytes]:
    if work.HEALTH_DELAY_S:
        await asyncio.sleep(work.HEALTH_DELAY_S)
    return b"text/plain; charset=utf-8", b"ok"


async def ping() -> tuple[bytes, bytes]:
    return b"application/json", b'{"message": "pong"}'


async def ready() -> tuple[bytes, bytes]:
    return b"text/plain; charset=utf-8", b"ready"


PATHS = {"/health": health, "/api/ping": ping, "/ready": ready}


async def app(scope: Message, _receive: Callable[[], Awaitable[Message]], send: Send) -> None:
    handler = PATHS.get(scope["path"])
    status, content_type, body = 200, b"text/plain; charset=utf-8", b""
    if handler is None:
        status, body = 404, b"not found"
    elif scope["method"] != "GET":
        status, body = 405, b"method not allowed"
    else:
        content_type, body = await handler()
    headers = [(b"content-type", content_type), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

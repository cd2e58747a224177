"""The FastAPI service: stacks/openapi.yaml, served by Uvicorn, alone or under Gunicorn."""

import asyncio
import os
import time
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

DELAY_S = float(os.environ.get("HEALTH_DELAY", "0.1"))
HANDLER = os.environ.get("HANDLER", "sync")
if HANDLER not in ("sync", "async"):
    raise ValueError(f"HANDLER must be sync or async, not {HANDLER!r}")


# A ready-made answer, not `-> str`: FastAPI would check a str against its annotation, for plain functions
# in the same pool of 40 threads, and so send each request through the queue for a thread twice.
def health() -> PlainTextResponse:
    if DELAY_S:
        time.sleep(DELAY_S)
    return PlainTextResponse("ok")


async def health_async() -> PlainTextResponse:
    if DELAY_S:
        await asyncio.sleep(DELAY_S)
    return PlainTextResponse("ok")


def ping() -> dict[str, str]:
    return {"message": "pong"}


async def ping_async() -> dict[str, str]:
    return ping()


async def ready() -> PlainTextResponse:
    # A coroutine whatever HANDLER says: a health check must not queue for one of the 40 threads.
    return PlainTextResponse("ready")


def create_app() -> FastAPI:
    """Return the application with the handlers that HANDLER names: plain functions or coroutines."""
    handlers: tuple[Callable[[], Any], Callable[[], Any]]
    handlers = (health, ping) if HANDLER == "sync" else (health_async, ping_async)
    app = FastAPI(openapi_url=None)
    app.get("/health")(handlers[0])
    # For the same reason no response_model: FastAPI would make one of the annotation `-> dict[str, str]`.
    app.get("/api/ping", response_model=None)(handlers[1])
    app.get("/ready")(ready)
    return app


app = create_app()

"""The FastAPI service: stacks/openapi.yaml, served by Uvicorn, alone or under Gunicorn."""

import asyncio
import os
import sys
from collections.abc import Callable
from time import sleep
from typing import Annotated, Any

import work
from fastapi import FastAPI, Header
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from fastapi.staticfiles import StaticFiles

ENCODED = os.environ.get("ANSWER", "ready") == "encoded"
"""Whether /health returns a text, of which FastAPI makes the response; else it returns the response."""
if interval := os.environ.get("SWITCH_INTERVAL"):
    # A thread that wants the interpreter waits that long before the one that has it must let go: 5 ms by default.
    sys.setswitchinterval(float(interval))


# A ready-made answer, not `-> str`: FastAPI would check a str against its annotation, for plain functions
# in the same pool of 40 threads, and so send each request through the queue for a thread twice.
def health() -> PlainTextResponse | str:
    if work.HEALTH_DELAY_S:
        sleep(work.HEALTH_DELAY_S)
    return "ok" if ENCODED else PlainTextResponse("ok")


async def health_async() -> PlainTextResponse | str:
    if work.HEALTH_DELAY_S:
        await asyncio.sleep(work.HEALTH_DELAY_S)
    return "ok" if ENCODED else PlainTextResponse("ok")


def io_bound() -> PlainTextResponse:
    sleep(work.IO_DELAY_S)
    return PlainTextResponse("done", headers=work.worker())


async def io_bound_async() -> PlainTextResponse:
    await asyncio.sleep(work.IO_DELAY_S)
    return PlainTextResponse("done", headers=work.worker())


def ping() -> dict[str, str]:
    return {"message": "pong"}


def user(x_token: Annotated[str | None, Header()] = None) -> Response:
    if not work.is_known(x_token):
        return PlainTextResponse("unauthorized", 401)
    return JSONResponse(work.USER)


# A text that it reads itself, not `n: int`: FastAPI would answer 422 where the contract says 400.
def cpu_bound(n: str = work.DEFAULT_N) -> Response:
    number = work.parsed_n(n)
    if number is None:
        return PlainTextResponse(work.WRONG_N, 400)
    return JSONResponse(work.timed_product(number), headers=work.worker())


def route(number: str) -> Callable[[str], dict[str, str]]:
    """The handler of one of the fifty routes."""

    def answer(item: str) -> dict[str, str]:
        return {"route": number, "id": item}

    return answer


async def ready() -> PlainTextResponse:
    # A coroutine whatever HANDLER says: a health check must not queue for one of the 40 threads.
    return PlainTextResponse("ready")


def create_app() -> FastAPI:
    """The application with the handlers that HANDLER names: plain functions or coroutines."""
    app = FastAPI(openapi_url=None, debug=bool(os.environ.get("DEBUG")))

    def get(path: str, handler: Callable[..., Any]) -> None:
        # No response_model, for the same reason as above: FastAPI would make one of `-> dict[str, str]`.
        app.get(path, response_model=None)(handler)

    coroutines = work.HANDLER == "async"
    # The class is for a text; a response is one already.
    app.get("/health", response_model=None, response_class=PlainTextResponse)(health_async if coroutines else health)
    get("/api/ping", work.offered(ping))
    get("/api/user", work.offered(user))
    get("/cpu-bound", work.offered(cpu_bound))
    get("/io-bound", io_bound_async if coroutines else io_bound)
    for number in work.ROUTES:
        get(f"/api/r{number}/{{item}}", work.offered(route(number)))
    get("/ready", ready)
    app.mount("/static", StaticFiles(directory=work.STATIC))
    return app


app = create_app()

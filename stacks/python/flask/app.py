"""The Flask service: stacks/openapi.yaml as a WSGI application, for any server that takes one."""

import asyncio
import logging
import os
from collections.abc import Callable

# By its name, as in the published tables.
from time import sleep
from typing import Any

import work
from flask import Flask, Response, jsonify, request


def plain(text: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(text, status, headers, mimetype="text/plain")


def health() -> Response:
    if work.HEALTH_DELAY_S:
        sleep(work.HEALTH_DELAY_S)
    return plain("ok")


async def health_async() -> Response:
    if work.HEALTH_DELAY_S:
        await asyncio.sleep(work.HEALTH_DELAY_S)
    return plain("ok")


def io_bound() -> Response:
    sleep(work.IO_DELAY_S)
    return plain("done", headers=work.worker())


async def io_bound_async() -> Response:
    await asyncio.sleep(work.IO_DELAY_S)
    return plain("done", headers=work.worker())


def ping() -> dict[str, str]:
    return {"message": "pong"}


def user() -> Response:
    if not work.is_known(request.headers.get("X-Token")):
        return plain("unauthorized", 401)
    return jsonify(work.USER)


def cpu_bound() -> Response:
    n = work.parsed_n(request.args.get("n", work.DEFAULT_N))
    if n is None:
        return plain(work.WRONG_N, 400)
    response = jsonify(work.timed_product(n))
    response.headers.update(work.worker())
    return response


def route(number: str) -> Callable[[str], dict[str, str]]:
    """The handler of one of the fifty routes."""

    def answer(item: str) -> dict[str, str]:
        return {"route": number, "id": item}

    return answer


def ready() -> Response:
    return plain("ready")


def create_app() -> Flask:
    """The application with the handlers that HANDLER names: plain functions or coroutines."""
    app = Flask(__name__, static_folder=work.STATIC)  # its files lie under /static

    def get(path: str, name: str, handler: Callable[..., Any]) -> None:
        app.add_url_rule(path, name, handler, methods=["GET"])

    coroutines = work.HANDLER == "async"
    get("/health", "health", health_async if coroutines else health)
    get("/api/ping", "ping", work.offered(ping))
    get("/api/user", "user", work.offered(user))
    get("/cpu-bound", "cpu-bound", work.offered(cpu_bound))
    get("/io-bound", "io-bound", io_bound_async if coroutines else io_bound)
    for number in work.ROUTES:
        get(f"/api/r{number}/<item>", f"r{number}", work.offered(route(number)))
    get("/ready", "ready", ready)
    return app


app = create_app()

if __name__ == "__main__":
    # One log line per request would be measured as part of the stack; LOG_LEVEL=INFO brings them back.
    logging.getLogger("werkzeug").setLevel(os.environ.get("LOG_LEVEL", "WARNING"))
    app.run(host="0.0.0.0", port=8080)

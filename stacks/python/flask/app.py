"""The Flask service: stacks/openapi.yaml, served by Flask's own server or by Gunicorn."""

import asyncio
import logging
import os
import time
from collections.abc import Callable
from typing import Any

from flask import Flask, Response

DELAY_S = float(os.environ.get("HEALTH_DELAY", "0.1"))
HANDLER = os.environ.get("HANDLER", "sync")
if HANDLER not in ("sync", "async"):
    raise ValueError(f"HANDLER must be sync or async, not {HANDLER!r}")


def plain(text: str) -> Response:
    return Response(text, mimetype="text/plain")


def health() -> Response:
    if DELAY_S:
        time.sleep(DELAY_S)
    return plain("ok")


async def health_async() -> Response:
    if DELAY_S:
        await asyncio.sleep(DELAY_S)
    return plain("ok")


def ping() -> dict[str, str]:
    return {"message": "pong"}


async def ping_async() -> dict[str, str]:
    return ping()


def ready() -> Response:
    return plain("ready")


def create_app() -> Flask:
    """Return the application with the handlers that HANDLER names: plain functions or coroutines."""
    handlers: tuple[Callable[[], Any], Callable[[], Any]]
    handlers = (health, ping) if HANDLER == "sync" else (health_async, ping_async)
    app = Flask(__name__, static_folder=None)
    app.add_url_rule("/health", "health", handlers[0], methods=["GET"])
    app.add_url_rule("/api/ping", "ping", handlers[1], methods=["GET"])
    app.add_url_rule("/ready", "ready", ready, methods=["GET"])
    return app


app = create_app()

if __name__ == "__main__":
    # One log line per request would be measured as part of the stack; LOG_LEVEL=INFO brings them back.
    logging.getLogger("werkzeug").setLevel(os.environ.get("LOG_LEVEL", "WARNING"))
    app.run(host="0.0.0.0", port=8080)

"""The Sanic service: stacks/openapi.yaml, served by Sanic's own server."""

import asyncio
from collections.abc import Awaitable, Callable

import work
from sanic import HTTPResponse, Request, Sanic, json, text


async def health(_request: Request) -> HTTPResponse:
    if work.HEALTH_DELAY_S:
        await asyncio.sleep(work.HEALTH_DELAY_S)
    return text("ok")


async def io_bound(_request: Request) -> HTTPResponse:
    await asyncio.sleep(work.IO_DELAY_S)
    return text("done", headers=work.worker())


async def ping(_request: Request) -> HTTPResponse:
    return json({"message": "pong"})


async def user(request: Request) -> HTTPResponse:
    if not work.is_known(request.headers.get("X-Token")):
        return text("unauthorized", 401)
    return json(work.USER)


async def cpu_bound(request: Request) -> HTTPResponse:
    # Blank values are kept: `?n=` is a wrong number, not a missing one.
    n = work.parsed_n(request.get_args(keep_blank_values=True).get("n", work.DEFAULT_N))
    if n is None:
        return text(work.WRONG_N, 400)
    return json(work.timed_product(n), headers=work.worker())


def route(number: str) -> Callable[[Request, str], Awaitable[HTTPResponse]]:
    """The handler of one of the fifty routes."""

    async def answer(_request: Request, item: str) -> HTTPResponse:
        return json({"route": number, "id": item})

    return answer


async def not_found(_request: Request, _error: Exception) -> HTTPResponse:
    return text("not found", 404)


async def ready(_request: Request) -> HTTPResponse:
    return text("ready")


def create_app() -> Sanic:
    app = Sanic("lab")
    # Sanic gives requests 15 s to end; the container is given 2 s.
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = 1.0
    app.add_route(health, "/health", name="health")
    app.add_route(ping, "/api/ping", name="ping")
    app.add_route(user, "/api/user", name="user")
    app.add_route(cpu_bound, "/cpu-bound", name="cpu-bound")
    app.add_route(io_bound, "/io-bound", name="io-bound")
    for number in work.ROUTES:
        # unquote: `a%20b` in the path is `a b`, as with the other frameworks.
        app.add_route(route(number), f"/api/r{number}/<item:str>", name=f"r{number}", unquote=True)
    app.add_route(ready, "/ready", name="ready")
    app.static("/static", work.STATIC, name="static")
    app.exception(IsADirectoryError)(not_found)  # GET /static/: Sanic would answer 500
    return app


app = create_app()

if __name__ == "__main__":
    # fast: a worker process for each core that the container may use.
    app.run(host="0.0.0.0", port=8080, fast=True, backlog=4096, access_log=False, motd=False)

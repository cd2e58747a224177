"""The service, three times the same: here on FastAPI, asynchronous throughout. docs/service.md has its rules."""

import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from answers_http import problem_response
from database import unavailable
from fastapi import FastAPI
from observe import Observe
from parts import Parts
from processes import worker_count
from routers import health, items, orders, tokens, users
from service import lifecycle, logs
from service.passwords import Busy
from service.problems import Problem
from service.settings import Settings
from service.spans import spans_of
from service.steps import Unreachable
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response

ROUTERS = [users.router, items.router, orders.router, tokens.router, health.router]


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; uvicorn calls this once in each of its processes."""
    settings = settings or Settings.read()
    spans = spans_of(settings, "app")
    lifecycle.warn_of_no_auth(settings, logs.configure(settings.app_env))

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[dict[str, Parts]]:
        async with Parts.opened(settings, processes=worker_count(), spans=spans) as parts, parts.watched():
            yield {"parts": parts}  # `request.state.parts` of every request

    app = FastAPI(
        lifespan=lifespan,
        openapi_url=None,  # and with it the pages /docs and /redoc
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    for router in ROUTERS:
        app.include_router(router)
    app.add_middleware(Observe, settings=settings)
    if settings.traces:
        from traced import Traced  # noqa: PLC0415 - OpenTelemetry's own part is loaded only where it is wanted

        app.add_middleware(Traced, tracing=spans)
    app.add_exception_handler(404, _not_found)
    app.add_exception_handler(405, _method_not_allowed(_allowed_methods()))
    app.add_exception_handler(Problem, _problem)
    for error in (SQLAlchemyError, OSError):  # asyncpg raises OSErrors where it cannot connect
        app.add_exception_handler(error, _database_error)
    return app


def _allowed_methods() -> dict[str, str]:
    """What `Allow` says, by the template of the path."""
    methods: defaultdict[str, set[str]] = defaultdict(set)
    for router in ROUTERS:
        for route in router.routes:
            methods[route.path] |= route.methods
    return {path: ", ".join(sorted(of_path)) for path, of_path in methods.items()}


Handler = Callable[[Request, Exception], Awaitable[Response]]


async def _not_found(_request: Request, _error: Exception) -> Response:
    return problem_response(Problem("not-found"))


def _method_not_allowed(allowed: dict[str, str]) -> Handler:
    async def answer(request: Request, _error: Exception) -> Response:
        route = request.scope.pop("route")  # so that metrics count it as unmatched
        return problem_response(Problem("method-not-allowed", headers=[("Allow", allowed[route.path])]))

    return answer


async def _problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)  # noqa: S101 - tells the type checker
    if isinstance(problem, (Unreachable, Busy)):
        _say(request, problem.why, problem.__cause__)
    return problem_response(problem)


async def _database_error(request: Request, error: Exception) -> Response:
    if not unavailable(error):
        raise error
    _say(request, "Postgres does not answer", error)
    return problem_response(Problem("unavailable"))


def _say(request: Request, why: str, cause: BaseException | None) -> None:
    """Leaves in the log why the answer is 503."""
    logging.getLogger("service").warning(why, exc_info=cause, extra={"request_id": request.state.request_id})

"""Whether the service lives, whether it is ready, and what it counts."""

from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cache

from flask import Blueprint, Response
from service import metrics, queries
from service.problems import Problem

from web.parts import Parts, parts

DEADLINE_S = 1.0
blueprint = Blueprint("probes", __name__)


@blueprint.get("/live")
def live() -> Response:
    """The process answers."""
    return _text("live")


@blueprint.get("/ready")
def ready() -> Response:
    """Postgres and Redis answer in time."""
    asked: list[Future[None]] = [_threads().submit(ask, parts()) for ask in (_ask_postgres, _ask_redis)]
    done, late = wait(asked, timeout=DEADLINE_S)
    if late or any(future.exception() for future in done):
        raise Problem("unavailable")
    return _text("ready")


@blueprint.get("/metrics")
def prometheus() -> Response:
    """The metrics of all processes."""
    return Response(metrics.text(), content_type=metrics.CONTENT_TYPE)


@cache
def _threads() -> ThreadPoolExecutor:
    """Threads that may hang longer than a request is let wait; made after the fork, which threads do not survive."""
    return ThreadPoolExecutor(max_workers=4, thread_name_prefix="ready")


def _ask_postgres(made: Parts) -> None:
    with made.probing.connect() as connection:
        connection.execute(queries.ANSWERS)


def _ask_redis(made: Parts) -> None:
    made.redis.ping()


def _text(text: str) -> Response:
    return Response(text, content_type="text/plain; charset=utf-8")

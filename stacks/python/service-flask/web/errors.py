"""Every error as a problem document, whoever raised it."""

import logging
from http import HTTPStatus

from flask import Flask, Response, g
from service.passwords import Busy
from service.problems import PROBLEM_JSON, Problem
from service.queries import POSTGRES_DOWN
from service.steps import Unreachable
from werkzeug.exceptions import HTTPException, MethodNotAllowed

_SLUGS = {
    HTTPStatus.NOT_FOUND: "not-found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method-not-allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "body-too-large",
}
_LOGGER = logging.getLogger("service")


def register(app: Flask) -> None:
    """Makes the application answer with problem documents only."""
    app.register_error_handler(Problem, _of_ours)
    app.register_error_handler(HTTPException, _of_flask)
    for failure in POSTGRES_DOWN:
        app.register_error_handler(failure, _of_postgres)
    app.register_error_handler(Exception, _unexpected)


def _of_ours(problem: Problem) -> Response:
    if isinstance(problem, (Unreachable, Busy)):
        _LOGGER.warning(problem.why, exc_info=problem.__cause__, extra={"request_id": g.request_id})
    return Response(problem.body(), problem.status, problem.headers, content_type=PROBLEM_JSON)


def _of_flask(error: HTTPException) -> Response:
    """404 and 405 of the router; Werkzeug's other objections are to the request as such."""
    code = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _unexpected(error)
    methods = error.valid_methods if isinstance(error, MethodNotAllowed) else None
    allow = [("Allow", ", ".join(sorted(methods)))] if methods else []
    return _of_ours(Problem(_SLUGS.get(HTTPStatus(code), "malformed-request"), headers=allow))


def _of_postgres(error: Exception) -> Response:
    _LOGGER.warning("Postgres does not answer", exc_info=error, extra={"request_id": g.request_id})
    return _of_ours(Problem("unavailable"))


def _unexpected(error: Exception) -> Response:
    _LOGGER.error("unexpected error", exc_info=error, extra={"request_id": g.request_id})
    return _of_ours(Problem("internal-error"))

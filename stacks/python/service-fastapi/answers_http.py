"""Answers: bytes of the shared package as responses; and the headers that they depend on."""

from service import answers
from service.headers import PROTOBUF, wants_protobuf
from service.problems import PROBLEM_JSON, Problem
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

JSON = "application/json"


def sent(scope: Scope, name: bytes) -> str | None:
    """A header's value, None where there is none. Several lines are one list; httptools leaves spaces at their ends."""
    values = [value.decode("latin-1").strip(" \t") for key, value in scope["headers"] if key == name]
    return ",".join(values) if values else None


def json_response(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    # A ready-made response: no response model, which would validate what the database gave (decision 0012).
    return Response(body, status, headers, JSON)


def user_response(request: Request, body: bytes, status: int = 200, location: str | None = None) -> Response:
    """A user, given as JSON, in the form that the client asked for."""
    headers = {"Vary": "Accept"}
    if location is not None:
        headers["Location"] = location
    if wants_protobuf(sent(request.scope, b"accept")):
        return Response(answers.user_protobuf(body), status, headers, PROTOBUF)
    return json_response(body, status, headers)


def page_response(request: Request, body: bytes) -> Response:
    """A page of users, given as JSON, in the form that the client asked for."""
    headers = {"Vary": "Accept"}
    if wants_protobuf(sent(request.scope, b"accept")):
        return Response(answers.page_protobuf(body), headers=headers, media_type=PROTOBUF)
    return json_response(body, headers=headers)


def problem_response(problem: Problem) -> Response:
    return Response(problem.body(), problem.status, dict(problem.headers), PROBLEM_JSON)

"""Letting a request in, and reading what it brought."""

import socket
from typing import TypeVar

from flask import Response, g, request
from gunicorn.http.errors import ParseException
from pydantic import BaseModel
from service import answers, headers, schemas
from service.guard import Passage
from service.problems import Problem

from web.parts import parts

B = TypeVar("B", bound=BaseModel)


def enter(*, token: bool = False, admin: bool = False) -> Passage:
    """Rate, token and role; raises the problem of the first that is not in order."""
    guard, driver = parts().guard, parts().driver
    claims = guard.identify(request.headers.get("Authorization"))
    g.user_id = claims.user_id if claims else None
    passage = driver.run(guard.enter(claims, g.client, token=token, admin=admin))
    g.headers = passage.headers
    return passage


def body(model: type[B]) -> B:
    """The request's body as such a model; raises the problems of its type, size, syntax and fields."""
    headers.require_json(request.headers.get("Content-Type"))
    headers.require_size(request.content_length or 0)
    try:
        # Without a length it comes in chunks: one byte too many is enough to know.
        raw = request.stream.read(headers.BODY_LIMIT + 1)
    except (ParseException, OSError) as error:  # chunks that are none, or that ended early or came too late
        raise Problem("malformed-request") from error
    headers.require_size(len(raw))
    return schemas.read(model, raw)


def answer(content: bytes, status: int = 200, location: str | None = None) -> Response:
    """An answer in JSON."""
    response = Response(content, status, content_type=answers.JSON)
    if location:
        response.headers["Location"] = location
    return response


def nothing() -> Response:
    """204: done, and nothing to say."""
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response


def has_gone() -> bool:
    """Whether the client has closed his connection, as far as Gunicorn lets one see; WSGI itself has no word for it."""
    connection = request.environ.get("gunicorn.socket")
    if connection is None:
        return False
    try:
        return not connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:  # he says nothing, and waits
        return False
    except OSError:
        return True

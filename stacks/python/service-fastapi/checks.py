"""The checks before an operation, as dependencies.

FastAPI makes them in the order of a handler's parameters, which is therefore that of docs/service.md: guard, path,
query and headers, body.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from answers_http import sent
from fastapi import Depends
from pydantic import BaseModel
from service import headers, paging, schemas
from service.guard import Passage
from service.problems import Problem
from starlette.requests import ClientDisconnect, Request

B = TypeVar("B", bound=BaseModel)
BODY_S = 30.0  # for a whole body, however it trickles


class Enter:
    """Steps 2 to 4: rate, token and role."""

    def __init__(self, *, token: bool = False, admin: bool = False) -> None:
        self._token = token
        self._admin = admin

    async def __call__(self, request: Request) -> Passage:
        parts, state = request.state.parts, request.state
        claims = parts.guard.identify(sent(request.scope, b"authorization"))
        state.user_id = claims.user_id if claims else None
        steps = parts.guard.enter(claims, state.client, token=self._token, admin=self._admin)
        passage: Passage = await parts.redis.run(steps)
        state.headers = passage.headers
        return passage


async def _path_id(request: Request) -> int:
    return paging.path_id(request.path_params["id"])


async def _idempotency_key(request: Request) -> str:
    return headers.idempotency_key(sent(request.scope, b"idempotency-key"))


async def _read_body(request: Request) -> bytes:
    """The body, its type and size checked; reads no more of it than may be there."""
    headers.require_json(sent(request.scope, b"content-type"))
    headers.require_size(int(request.headers.get("content-length", "0")))
    body = b""
    try:
        async with asyncio.timeout(BODY_S):
            async for chunk in request.stream():
                body += chunk
                headers.require_size(len(body))
    except ClientDisconnect:
        pass  # nobody reads the answer; half a body is none that is well-formed
    except TimeoutError:
        raise Problem("malformed-request", headers=[("Connection", "close")]) from None
    return body


def body_of(model: type[B]) -> Callable[[Request], Awaitable[B]]:
    """Steps 8 to 11, as a dependency."""

    async def read(request: Request) -> B:
        return schemas.read(model, await _read_body(request))

    return read


Anybody = Annotated[Passage, Depends(Enter())]
SignedIn = Annotated[Passage, Depends(Enter(token=True))]
Admin = Annotated[Passage, Depends(Enter(token=True, admin=True))]
PathId = Annotated[int, Depends(_path_id)]
IdempotencyKey = Annotated[str, Depends(_idempotency_key)]

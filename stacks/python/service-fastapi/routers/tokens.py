"""Signing in, staying signed in and signing out."""

from typing import Annotated

from answers_http import json_response
from checks import Anybody, SignedIn, body_of
from fastapi import APIRouter, Depends
from service import passwords, queries
from service.problems import Problem
from service.schemas import Credentials, RefreshToken
from service.steps import Unreachable
from starlette.requests import Request
from starlette.responses import Response

router = APIRouter(prefix="/api/v1")


@router.post("/login")
async def login(
    request: Request, passage: Anybody, body: Annotated[Credentials, Depends(body_of(Credentials))]
) -> Response:
    if passage.redis_down:  # before the work of a hash, which would be in vain
        raise Unreachable
    parts = request.state.parts
    await parts.redis.run(parts.sessions.attempt(body.email))
    async with parts.database.single() as session:
        user = (await session.execute(queries.SIGN_IN, {"email": body.email})).one_or_none()
    known = user.password_hash if user else None
    if not await parts.hashed(request, passwords.verify, known, body.password) or user is None:
        raise Problem("invalid-credentials")
    return json_response(await parts.redis.run(parts.sessions.start(user.id, user.role)))


@router.post("/refresh")
async def refresh(
    request: Request, _passage: Anybody, body: Annotated[RefreshToken, Depends(body_of(RefreshToken))]
) -> Response:
    parts = request.state.parts

    async def role(user_id: int) -> str | None:
        async with parts.database.single() as session:
            found: str | None = await session.scalar(queries.ROLE, {"id": user_id})
            return found

    return json_response(await parts.redis.run(parts.sessions.rotate(body.refresh_token), role))


@router.post("/logout")
async def logout(request: Request, passage: SignedIn) -> Response:
    parts = request.state.parts
    await parts.redis.run(parts.sessions.end(passage.user))
    return Response(status_code=204)

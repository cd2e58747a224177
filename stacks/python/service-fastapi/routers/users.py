"""Users: /api/v1/users."""

from typing import Annotated

from answers_http import page_response, user_response
from checks import Admin, PathId, SignedIn, body_of
from fastapi import APIRouter, Depends
from service import answers, paging, passwords, queries, refusals
from service.paging import Page
from service.problems import Problem
from service.schemas import NewUser, UserReplacement
from service.users_cache import page_key, user_key
from sqlalchemy.exc import IntegrityError
from starlette.requests import Request
from starlette.responses import Response

from routers import READ

router = APIRouter(prefix="/api/v1/users")


async def _page(request: Request) -> Page:
    page = paging.page(request.scope["query_string"].decode("latin-1"))
    if isinstance(page, Problem):
        raise page
    return page


@router.api_route("", methods=READ)
async def index(request: Request, _admin: Admin, page: Annotated[Page, Depends(_page)]) -> Response:
    parts = request.state.parts

    async def load() -> bytes:
        async with parts.database.single() as session:
            # One more than asked for: whether it exists tells whether there is a next page.
            rows = await session.scalars(queries.USERS, {"after": page.after, "limit": page.limit + 1})
            return answers.page(rows.all(), page.limit)

    return page_response(request, await parts.redis.run(parts.users_cache.read(page_key(page)), load))


@router.api_route("/{id}", methods=READ)
async def show(request: Request, passage: SignedIn, user_id: PathId) -> Response:
    passage.allow(user_id)
    parts = request.state.parts

    async def load() -> bytes:
        async with parts.database.single() as session:
            user = await session.scalar(queries.USER, {"id": user_id})
        if user is None:
            raise Problem("not-found")
        return answers.user(user)

    return user_response(request, await parts.redis.run(parts.users_cache.read(user_key(str(user_id))), load))


@router.post("")
async def create(request: Request, _admin: Admin, body: Annotated[NewUser, Depends(body_of(NewUser))]) -> Response:
    parts = request.state.parts
    user = queries.new_user(body, await parts.hashed(request, passwords.make, body.password))
    try:
        async with parts.changing_users() as session:
            session.add(user)
    except IntegrityError as error:
        raise refusals.of_user(error) from error
    return user_response(request, answers.user(user), 201, f"/api/v1/users/{user.id}")


@router.put("/{id}")
async def replace(
    request: Request,
    _admin: Admin,
    user_id: PathId,
    body: Annotated[UserReplacement, Depends(body_of(UserReplacement))],
) -> Response:
    try:
        async with request.state.parts.changing_users(user_id) as session:
            role = await session.scalar(queries.replace_user(user_id, body))
            if role is None:
                raise Problem("not-found")
            await session.execute(queries.replace_profile(user_id, body))
    except IntegrityError as error:
        raise refusals.of_user(error) from error
    return user_response(request, answers.user(queries.replaced_user(user_id, role, body)))


@router.delete("/{id}")
async def delete(request: Request, _admin: Admin, user_id: PathId) -> Response:
    parts = request.state.parts
    try:
        async with parts.changing_users(user_id) as session:
            if await session.scalar(queries.DELETE_USER, {"id": user_id}) is None:
                raise Problem("not-found")
            await parts.redis.run(parts.sessions.lock(user_id))  # before the commit: then no token outlives him
    except IntegrityError as error:
        raise refusals.of_user(error) from error
    return Response(status_code=204)

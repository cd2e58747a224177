"""Users: /api/v1/users."""

from typing import Annotated

from answers_http import page_response, user_response
from checks import Admin, Enter, PathId, body_of
from fastapi import APIRouter, Depends
from service import answers, paging, passwords, queries, refusals
from service.guard import Passage
from service.paging import Page
from service.problems import Problem
from service.schemas import NewUser, UserReplacement
from service.steps import Command
from service.users_cache import page_key, user_key
from sqlalchemy.exc import IntegrityError
from starlette.requests import Request
from starlette.responses import Response

from routers import READ

router = APIRouter(prefix="/api/v1/users")


def _ahead_of_user(request: Request) -> tuple[Command, ...]:
    ahead: tuple[Command, ...] = request.state.parts.users_cache.ahead(user_key(request.path_params["id"]))
    return ahead


def _ahead_of_page(request: Request) -> tuple[Command, ...]:
    page = request.state.page = paging.page(request.scope["query_string"].decode("latin-1"))
    if isinstance(page, Problem):  # raised in its turn, after the guard
        return ()
    ahead: tuple[Command, ...] = request.state.parts.users_cache.ahead(page_key(page))
    return ahead


async def _page(request: Request) -> Page:
    page: Page | Problem = request.state.page
    if isinstance(page, Problem):
        raise page
    return page


@router.api_route("", methods=READ)
async def index(
    request: Request,
    passage: Annotated[Passage, Depends(Enter(token=True, admin=True, ahead=_ahead_of_page))],
    page: Annotated[Page, Depends(_page)],
) -> Response:
    parts = request.state.parts

    async def load() -> bytes:
        async with parts.database.single() as session:
            # One more than asked for: whether it exists tells whether there is a next page.
            rows = await session.scalars(queries.USERS, {"after": page.after, "limit": page.limit + 1})
            return answers.page(rows.all(), page.limit)

    return page_response(request, await parts.redis.run(parts.users_cache.read(page_key(page), passage), load))


@router.api_route("/{id}", methods=READ)
async def show(
    request: Request,
    passage: Annotated[Passage, Depends(Enter(token=True, ahead=_ahead_of_user))],
    user_id: PathId,
) -> Response:
    passage.allow(user_id)
    parts = request.state.parts

    async def load() -> bytes:
        async with parts.database.single() as session:
            user = await session.scalar(queries.USER, {"id": user_id})
        if user is None:
            raise Problem("not-found")
        return answers.user(user)

    return user_response(request, await parts.redis.run(parts.users_cache.read(user_key(str(user_id)), passage), load))


@router.post("")
async def create(request: Request, _admin: Admin, body: Annotated[NewUser, Depends(body_of(NewUser))]) -> Response:
    parts = request.state.parts
    user = queries.new_user(body, await parts.in_thread(passwords.make, body.password))
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
        async with request.state.parts.changing_users() as session:
            role = await session.scalar(queries.replace_user(user_id, body))
            if role is None:
                raise Problem("not-found")
            await session.execute(queries.replace_profile(user_id, body))
    except IntegrityError as error:
        raise refusals.of_user(error) from error
    return user_response(request, answers.user(queries.replaced_user(user_id, role, body)))


@router.delete("/{id}")
async def delete(request: Request, _admin: Admin, user_id: PathId) -> Response:
    try:
        async with request.state.parts.changing_users() as session:
            if await session.scalar(queries.DELETE_USER, {"id": user_id}) is None:
                raise Problem("not-found")
    except IntegrityError as error:
        raise refusals.of_user(error) from error
    return Response(status_code=204)

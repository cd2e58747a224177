"""Items: /api/v1/items."""

from typing import Annotated

from answers_http import json_response
from checks import Enter, PathId
from fastapi import APIRouter, Depends
from service import answers, queries
from service.guard import Passage
from service.problems import Problem
from service.steps import Command
from starlette.requests import Request
from starlette.responses import Response

from routers import READ

router = APIRouter(prefix="/api/v1/items")


def _ahead_of_item(request: Request) -> tuple[Command, ...]:
    ahead: tuple[Command, ...] = request.state.parts.items_cache.ahead(request.path_params["id"])
    return ahead


@router.api_route("/{id}", methods=READ)
async def show(
    request: Request, passage: Annotated[Passage, Depends(Enter(ahead=_ahead_of_item))], item_id: PathId
) -> Response:
    parts = request.state.parts

    async def load() -> bytes | None:
        async with parts.database.single() as session:
            item = await session.scalar(queries.ITEM, {"id": item_id})
        return None if item is None else answers.item(item)

    answer = await parts.redis.run(parts.items_cache.read(str(item_id), passage), load)
    if answer is None:
        raise Problem("not-found")
    return json_response(answer)

"""Items: /api/v1/items."""

from answers_http import json_response
from checks import Anybody, PathId
from fastapi import APIRouter
from service import answers, queries
from service.problems import Problem
from starlette.requests import Request
from starlette.responses import Response

from routers import READ

router = APIRouter(prefix="/api/v1/items")


@router.api_route("/{id}", methods=READ)
async def show(request: Request, _passage: Anybody, item_id: PathId) -> Response:
    parts = request.state.parts

    async def load() -> bytes | None:
        async with parts.database.single() as session:
            item = await session.scalar(queries.ITEM, {"id": item_id})
        return None if item is None else answers.item(item)

    answer = await parts.redis.run(parts.items_cache.read(str(item_id)), load)
    if answer is None:
        raise Problem("not-found")
    return json_response(answer)

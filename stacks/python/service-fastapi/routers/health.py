"""What those ask who watch over the service."""

from fastapi import APIRouter
from service import metrics
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from routers import READ

router = APIRouter()


@router.api_route("/live", methods=READ)
async def live() -> Response:
    return PlainTextResponse("live")


@router.api_route("/ready", methods=READ)
async def ready(request: Request) -> Response:
    request.state.parts.watch.require_ready()
    return PlainTextResponse("ready")


@router.api_route("/metrics", methods=READ)
async def show_metrics() -> Response:
    return Response(metrics.text(), headers={"Content-Type": metrics.CONTENT_TYPE})

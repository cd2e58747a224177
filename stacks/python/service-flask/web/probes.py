"""Whether the service lives, whether it is ready, and what it counts."""

from flask import Blueprint, Response
from service import metrics

from web.parts import parts

blueprint = Blueprint("probes", __name__)


@blueprint.get("/live")
def live() -> Response:
    """The process answers."""
    return _text("live")


@blueprint.get("/ready")
def ready() -> Response:
    """Postgres and Redis answered when this process last looked."""
    parts().watch.require_ready()
    return _text("ready")


@blueprint.get("/metrics")
def prometheus() -> Response:
    """The metrics of all processes."""
    return Response(metrics.text(), content_type=metrics.CONTENT_TYPE)


def _text(text: str) -> Response:
    return Response(text, content_type="text/plain; charset=utf-8")

"""Where the service tells traces of its work. These say nothing: with TRACES=off nothing of OpenTelemetry is loaded."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any

from service.settings import Settings


class Spans:
    """Nobody asks for traces."""

    def watch_postgres(self, engines: Sequence[Any]) -> None:
        """Tells of each statement of the engines."""

    def watch_redis(self, *clients: Any) -> None:
        """Tells of each question to a Redis."""

    def traceparent(self) -> str | None:
        """What an order takes with it to the worker: the trace in which it was made."""
        return None

    def of_order(self, made_at: datetime, traceparent: str | None) -> AbstractContextManager[object]:
        """The block in which an order is finished that was made then, in that trace."""
        del made_at, traceparent
        return nullcontext()


def spans_of(settings: Settings, service: str) -> Spans:
    """Those of a process that is such a service of the stack: `app` or `worker`."""
    if not settings.traces:
        return Spans()
    from service.tracing import Tracing  # noqa: PLC0415 - half a second, for those who want traces

    return Tracing(settings, service)

"""Small makers of spans."""

from typing import Any

from lab.traces.span import TraceSpan


def make_span(
    identity: str, parent: str | None = None, began_us: int = 0, took_us: int = 100, **changes: Any
) -> TraceSpan:
    given: dict[str, Any] = {"trace": "t", "name": identity, "service": "app"}
    return TraceSpan(identity=identity, parent=parent, began_us=began_us, took_us=took_us, **given | changes)

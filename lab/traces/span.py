"""A span: a piece of work that belongs to a request, as Zipkin's JSON has it. Times in µs since 1970."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lab.errors import LabError

IN_THE_SERVER = "SERVER"
BY_THE_WORKER = "CONSUMER"
ASKED = "net.peer.name"
"""The tag that says which store a service asks: there the time goes."""
OWN_PLACE = "client"
"""The service that `lab trace` itself is in a trace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceSpan:
    """One piece of work."""

    trace: str
    identity: str
    parent: str | None
    name: str
    service: str
    kind: str = ""
    began_us: int
    took_us: int
    error: bool = False
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def ended_us(self) -> int:
        """When it ended, in µs since 1970."""
        return self.began_us + self.took_us

    def tag(self, name: str) -> str | None:
        """What the span says of itself under that name."""
        return dict(self.tags).get(name)


def read(spans: Iterable[Mapping[str, Any]]) -> list[TraceSpan]:
    """Zipkin's answer as spans, each once. Raises LabError where it is not of that form."""
    try:
        found = [_read(span) for span in spans]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise LabError("Zipkin's answer cannot be read", where=repr(error), fix="lab logs STACK zipkin") from None
    return list({span.identity: span for span in found}.values())


def _read(span: Mapping[str, Any]) -> TraceSpan:
    tags = span.get("tags") or {}
    return TraceSpan(
        trace=str(span["traceId"]).rjust(32, "0"),
        identity=str(span["id"]),
        parent=str(span["parentId"]) if span.get("parentId") else None,
        name=str(span.get("name", "")),
        service=str(tags.get(ASKED) or span.get("localEndpoint", {}).get("serviceName", "?")),
        kind=str(span.get("kind") or ""),
        began_us=int(span["timestamp"]),
        took_us=max(0, int(span.get("duration") or 0)),
        error="error" in tags or tags.get("otel.status_code") == "ERROR",
        tags=tuple(sorted((str(name), str(value)) for name, value in tags.items())),
    )


def written(span: TraceSpan) -> dict[str, Any]:
    """A span in Zipkin's JSON, to be sent there."""
    return {
        "traceId": span.trace,
        "id": span.identity,
        **({"parentId": span.parent} if span.parent else {}),
        **({"kind": span.kind} if span.kind else {}),
        "name": span.name,
        "timestamp": span.began_us,
        "duration": max(1, span.took_us),  # 0 means to Zipkin that it is not known
        "localEndpoint": {"serviceName": span.service},
        "tags": dict(span.tags),
    }

"""A line that Nginx wrote of a request (nginx/common/access-on.conf), as a span: Debian's has no module for traces."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from lab.traces.span import IN_THE_SERVER, TraceSpan

SERVICE = "nginx"


@dataclass(frozen=True, slots=True, kw_only=True)
class NginxLine:
    """What Nginx says of one request; it knows no finer time than ms."""

    ended: datetime
    took_s: float
    status: int
    app_s: float | None
    """How long it waited for the app; None where it asked nobody."""


def find(lines: Iterable[str], request_id: str) -> NginxLine | None:
    """The last line of that request; None where there is none. Lines of another form are not Nginx's own."""
    found = None
    for line in lines:
        if request_id in line:
            found = _read(line, request_id) or found
    return found


def _read(line: str, request_id: str) -> NginxLine | None:
    try:
        said = json.loads(line)
        if said["request_id"] != request_id:
            return None
        return NginxLine(
            ended=datetime.fromisoformat(said["time"]),
            took_s=float(said["duration_s"]),
            status=int(said["status"]),
            app_s=_sum_s(said["app_s"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _sum_s(said: str) -> float | None:
    """`0.001`; `0.001, 0.004` where a second upstream was asked after the first; `-` or nothing where none was."""
    parts = [part for part in said.replace(":", ",").split(",") if part.strip() not in ("", "-")]
    return sum(map(float, parts)) if parts else None


def span(line: NginxLine, *, trace: str, identity: str, parent: str) -> TraceSpan:
    """Nginx's part of a trace."""
    took_us = round(line.took_s * 1e6)
    app = () if line.app_s is None else (("app_ms", f"{line.app_s * 1000:g}"),)
    return TraceSpan(
        trace=trace,
        identity=identity,
        parent=parent,
        name="pass on",
        service=SERVICE,
        kind=IN_THE_SERVER,
        began_us=round(line.ended.timestamp() * 1e6) - took_us,
        took_us=took_us,
        error=line.status >= 500,  # noqa: PLR2004 - HTTP's classes of answers
        tags=(*app, ("http.status_code", str(line.status)), ("precision", "1 ms")),
    )

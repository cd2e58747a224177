"""`lab logs STACK --request ID`: what all tiers have written of one request, also of the order that it made."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from docker import DockerClient

from lab.deploy import stack_up
from lab.engine import inventory
from lab.engine.client import connect, in_words
from lab.errors import LabError, UsageError

FORM = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""Of an id that the service and Nginx take from a client; any other request gets a new one."""
SHORTEST_IN_TEXT = 8
"""Of an id that is looked for in lines that are no JSON: a short one stands there by chance."""
ID, ORDER, TIME = "request_id", "order", "time"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """A line that a container has written."""

    tier: str
    heard: str
    """When the engine got it: RFC 3339."""
    text: str

    @property
    def fields(self) -> Mapping[str, Any]:
        """The keys of a line of JSON; none of any other line."""
        if self.text.startswith("{"):
            with suppress(ValueError):
                return dict(json.loads(self.text))
        return {}

    @property
    def time(self) -> datetime:
        """The line's own time where it has one, else when the engine got it."""
        for told in (self.fields.get(TIME), self.heard):
            with suppress(ValueError):
                moment = datetime.fromisoformat(str(told))
                if moment.tzinfo is not None:
                    return moment.astimezone(UTC)
        return datetime.fromtimestamp(0, UTC)


def of_request(target: str, request_id: str) -> tuple[list[LogLine], list[str]]:
    """The lines of a request of a stack that is up, by time, and the tiers that have none.

    Raises UsageError for what is no id, UnknownName for a stack that is not up, LabError where nobody logged it.
    """
    require_form(request_id)
    with connect() as client:
        running = stack_up.find(client, target)
        written = _written(client, running.project)
    lines = joined(written, request_id)
    without = [tier for tier in written if tier not in {line.tier for line in lines}]
    if not lines:
        raise LabError(
            f"no tier of {running.stack} has a line of the request {request_id}",
            where=f"looked at {', '.join(without)}",
            fix="the id is in the answer's header X-Request-Id; docs/howto.md says which stacks log it, "
            "and which need NGINX_LOG=on for that",
        )
    return lines, without


def require_form(request_id: str) -> None:
    """Raise UsageError for what is no id."""
    if not FORM.fullmatch(request_id):
        raise UsageError(
            f"{request_id!r} is not the id of a request",
            where="--request",
            fix="1 to 64 letters, digits, dots, underlines and hyphens: the header X-Request-Id of an answer has it",
        )


def joined(written: Mapping[str, Iterable[LogLine]], request_id: str) -> list[LogLine]:
    """The lines of a request, and those of the orders that it made, by time; of the same time by tier."""
    lines = [line for of_tier in written.values() for line in of_tier]
    own = [line for line in lines if request_id in line.text and _is_of(line, request_id)]
    orders = {order for line in own if isinstance(order := line.fields.get(ORDER), int)}
    later = [line for line in lines if orders and f'"{ORDER}"' in line.text and _finishes(line, orders)]
    return sorted([*own, *later], key=lambda line: line.time)


def _is_of(line: LogLine, request_id: str) -> bool:
    """Whether a line that holds the id is of that request, and does not only hold it in another text."""
    fields = line.fields
    if ID in fields:
        return bool(fields[ID] == request_id)
    whole = re.search(rf"(?<![A-Za-z0-9._-]){re.escape(request_id)}(?![A-Za-z0-9._-])", line.text)
    return len(request_id) >= SHORTEST_IN_TEXT and whole is not None


def _finishes(line: LogLine, orders: set[int]) -> bool:
    """Whether a line is of one of these orders and of no request: that of the worker who finished it."""
    fields = line.fields
    return ID not in fields and isinstance(fields.get(ORDER), int) and fields[ORDER] in orders


@in_words()
def _written(client: DockerClient, project: str) -> dict[str, list[LogLine]]:
    """Tier → all that its containers have written; jobs, which answer nobody, included."""
    replicas = inventory.replicas_of(client, project)
    return {
        tier: [
            line
            for container in (first, *replicas.get(tier, ()))
            for line in told(tier, container.logs(timestamps=True).decode("utf-8", "replace"))
        ]
        for tier, first in sorted(inventory.containers_of(client, project).items())
    }


def told(tier: str, text: str) -> Iterator[LogLine]:
    """A container's log as the engine tells it, with its own time before each line → lines."""
    for stamped in text.splitlines():
        heard, _, line = stamped.partition(" ")
        yield LogLine(tier=tier, heard=heard, text=line)

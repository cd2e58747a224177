"""What the reader of a table knows and the table does not say."""

from dataclasses import dataclass, fields, replace
from typing import Any

from lab.audit.row import Row

OPEN_TOOLS = frozenset({"vegeta", "wrk2"})
"""They send at a rate, whatever the answers do."""
PAUSING_TOOLS = frozenset({"k6", "locust"})
"""Their users run a script, in which there may be pauses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The load of rows that do not give it themselves; None for what is not known."""

    connections: int | None = None
    threads: int | None = None
    duration_s: float | None = None
    tool: str | None = None
    protocol: str | None = None

    def fill(self, row: Row) -> Row:
        """The row with what it does not say; what it says stays."""
        added = {
            field.name: value
            for field in fields(self)
            if (value := getattr(self, field.name)) is not None and getattr(row, field.name) is None
        }
        return replace(row, **added, **(of_tool(added["tool"]) if "tool" in added else {})) if added else row


def of_tool(tool: str | None) -> dict[str, Any]:
    """What a tool's name alone says of a load."""
    return {
        "loop": "open" if tool in OPEN_TOOLS else "closed",
        "thinks": tool in PAUSING_TOOLS,
        "mean_by_definition": tool == "ab",
    }

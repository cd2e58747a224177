"""A trace as rows, for a terminal and for a picture alike."""

from collections.abc import Sequence
from dataclasses import dataclass

from lab.figures.numbers import time_text
from lab.traces.tree import Node

BAR = 32
"""Columns that the whole time is wide."""
INDENT = "  "
LONGEST = 40
"""Of a name: a pipeline is named after all its commands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceRow:
    """One span: where, what, how deep it is, and its times in ms since the request began."""

    depth: int
    service: str
    name: str
    from_ms: float
    took_ms: float
    own_ms: float
    failed: bool = False
    missing: bool = False


def rows(trees: Sequence[Node]) -> list[TraceRow]:
    """Every span of the trees, in the order in which they are drawn."""
    if not trees:
        return []
    began_us = min(node.span.began_us for tree in trees for _, node in tree.rows())
    return [
        TraceRow(
            depth=depth,
            service=node.span.service,
            name=node.span.name,
            from_ms=(node.span.began_us - began_us) / 1000,
            took_ms=node.span.took_us / 1000,
            own_ms=node.own_us / 1000,
            failed=node.span.error,
            missing=node.missing,
        )
        for tree in trees
        for depth, node in tree.rows()
    ]


def whole_ms(drawn: Sequence[TraceRow]) -> float:
    """From the first beginning to the last end."""
    return max((row.from_ms + row.took_ms for row in drawn), default=0.0)


def bar(row: TraceRow, whole_ms_: float, *, width: int = BAR) -> str:
    """The row's time as a line of blocks, at least one, within the width."""
    if whole_ms_ <= 0:
        return "█" * width
    first = min(width - 1, int(row.from_ms / whole_ms_ * width))
    last = min(width, max(first + 1, round((row.from_ms + row.took_ms) / whole_ms_ * width)))
    return (" " * first + "█" * (last - first)).ljust(width)


def shortened(name: str) -> str:
    """The beginning of a long name."""
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def cells(drawn: Sequence[TraceRow]) -> list[tuple[str, ...]]:
    """The rows as a terminal shows them; the columns are those of HEADER."""
    whole = whole_ms(drawn)
    return [
        (
            INDENT * row.depth + shortened(row.name) + (" ✗" if row.failed else ""),
            row.service,
            time_text(row.from_ms / 1000),
            time_text(row.took_ms / 1000),
            time_text(row.own_ms / 1000),
            bar(row, whole),
        )
        for row in drawn
    ]


HEADER = ("what", "where", "from", "took", "of it alone", "when")

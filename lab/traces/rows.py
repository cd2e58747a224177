"""A trace as rows, for a terminal and for a picture alike."""

from collections.abc import Sequence
from dataclasses import dataclass

from lab.figures.numbers import time_text
from lab.traces.tree import Node

BAR = 32
"""Columns that the whole time is wide."""
LEAST_BAR = 8
LEAST_NAME = 20
"""On a narrow terminal."""
GAP = 2
"""Columns between two columns."""
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


def cells(drawn: Sequence[TraceRow], *, bar_width: int = BAR, name_width: int | None = None) -> list[tuple[str, ...]]:
    """The rows as a terminal shows them; the columns are those of HEADER. The bar has none where it has no width."""
    whole = whole_ms(drawn)
    return [
        (
            _cut(INDENT * row.depth + shortened(row.name), " ✗" if row.failed else "", name_width),
            row.service,
            time_text(row.from_ms / 1000),
            time_text(row.took_ms / 1000),
            time_text(row.own_ms / 1000),
            *((bar(row, whole, width=bar_width),) if bar_width else ()),
        )
        for row in drawn
    ]


def fitted(drawn: Sequence[TraceRow], *, width: int | None) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Header and rows that fit into so many columns, each on one line; None is as many as there may be.

    Where there is less room, bars become shorter, then names; where that is not enough, there are no bars.
    """
    if width is None or not drawn:
        return HEADER, cells(drawn)
    names, *others = (max(map(len, column)) for column in zip(HEADER[:-1], *cells(drawn, bar_width=0), strict=True))
    left = width - sum(others) - GAP * len(others)
    beside = left - names - GAP
    if beside >= LEAST_BAR:
        return HEADER, cells(drawn, bar_width=min(BAR, beside))
    beside = left - LEAST_BAR - GAP
    if beside >= LEAST_NAME:
        return HEADER, cells(drawn, bar_width=LEAST_BAR, name_width=beside)
    return HEADER[:-1], cells(drawn, bar_width=0, name_width=max(LEAST_NAME // 2, left))


def _cut(name: str, mark: str, width: int | None) -> str:
    if width is None or len(name + mark) <= width:
        return name + mark
    return f"{name[: width - len(mark) - 1]}…{mark}"


HEADER = ("what", "where", "from", "took", "of it alone", "when")

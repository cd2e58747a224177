"""Tables that do not have one row for each system: turned on their side, or with several loads beside each other."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lab.audit.readers.columns import Column, recognise

LOAD = re.compile(
    r"\s*(?:\(\s*(?:c ?= ?)?(\d+)(?: (?:connections?|conns?|clients|users))?\s*\)|@ ?(\d+)|\bc ?= ?(\d+))\s*$",
    re.IGNORECASE,
)
"""At the end of a title: `Requests/s (64)`, `p99 @256`, `RPS c=512`."""
BYTES = re.compile(r"\d\s*[kmg]?i?b(?:yte)?s?/s", re.IGNORECASE)
REQUESTS = re.compile(r"\breq|\brps|\bqps", re.IGNORECASE)
FIGURES = frozenset({"rate", "mean_s", "percentile"})
SHARED = frozenset({"name", "tool", "protocol", "threads", "duration_s", "connections", "pipelining"})
"""What is said of a row whatever its load."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table as it stands: titles, cells, and what was written around it."""

    titles: Sequence[str]
    cells: Sequence[Sequence[str]]
    heading: str = ""
    before: str = ""
    """The text above, in which the command may stand."""
    first_line: int | None = None
    """Of its first row, in the input."""
    connections: int | None = None
    """Where the titles give them."""
    assumed: tuple[str, ...] = ()


def upright(grid: Grid) -> Grid:
    """The table with a row for each system, where it had a column for each."""
    below = [row[0] if row else "" for row in grid.cells]
    known = [title for title in below if recognise(title)]
    if _figures(grid.titles) or not _figures(known) or 2 * len(known) < len(below):
        return grid
    cells = [
        [title, *(row[index] if index < len(row) else "" for row in grid.cells)]
        for index, title in enumerate(grid.titles)
        if index
    ]
    return replace(grid, titles=["name", *below], cells=cells, first_line=None)


def _figures(titles: Sequence[str]) -> bool:
    return any(column and column.key in FIGURES for column in map(recognise, titles))


def one_load_each(grid: Grid) -> list[Grid]:
    """The table once for each of its rates, where it has several."""
    grid = _without_bytes(grid)
    bare = [LOAD.sub("", title) for title in grid.titles]
    loads = [_load(title) for title in grid.titles]
    columns = [recognise(title) for title in bare]
    rates = [index for index, column in enumerate(columns) if column and column.key == "rate"]
    rates = [index for index in rates if not _bytes(grid, index)]
    if len(rates) < 2 or any(grid.titles[index].strip().lower() == "rate" for index in rates):  # noqa: PLR2004
        return [grid]
    told = [loads[index] for index in rates]
    by_load = None not in told and len(set(told)) == len(told)
    found = []
    for rate in rates:
        kept = [
            index
            for index, column in enumerate(columns)
            if index == rate or _is_shared(column) or (by_load and loads[index] == loads[rate])
        ]
        found.append(_part(grid, bare, kept, title=grid.titles[rate], connections=loads[rate] if by_load else None))
    return found


def _without_bytes(grid: Grid) -> Grid:
    """The table without a throughput that stands beside a rate of requests: it is one of bytes."""
    rates = [index for index, title in enumerate(grid.titles) if (found := recognise(title)) and found.key == "rate"]
    asked = [index for index in rates if REQUESTS.search(grid.titles[index])]
    dropped = {index for index in rates if "throughput" in grid.titles[index].lower()} - {*asked}
    if not asked or not dropped:
        return grid
    kept = [index for index in range(len(grid.titles)) if index not in dropped]
    cells = [[row[index] for index in kept if index < len(row)] for row in grid.cells]
    return replace(grid, titles=[grid.titles[index] for index in kept], cells=cells)


def _bytes(grid: Grid, index: int) -> bool:
    """Whether a column is a rate of bytes, not of requests."""
    return any(BYTES.search(row[index]) for row in grid.cells if index < len(row))


def _load(title: str) -> int | None:
    match = LOAD.search(title)
    return int(next(group for group in match.groups() if group)[:9]) if match else None


def _is_shared(column: Column | None) -> bool:
    return column is None or column.key in SHARED


def _part(grid: Grid, bare: Sequence[str], kept: Sequence[int], *, title: str, connections: int | None) -> Grid:
    said = f"of several rates the one under {title!r}"
    if connections is not None:
        said += f", whose number was taken for connections: {connections}"
    return replace(
        grid,
        titles=[bare[index] for index in kept],
        cells=[[row[index] for index in kept if index < len(row)] for row in grid.cells],
        heading=f"{grid.heading} {title}".strip(),
        connections=connections,
        assumed=(said,),
    )

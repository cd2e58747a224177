"""A grid of cells → rows: what Markdown, CSV, HTML and JSON have in common."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lab.audit import command, units
from lab.audit.readers.columns import Column, recognise
from lab.audit.readers.parts import Found
from lab.audit.readers.shape import BYTES, Grid, one_load_each, upright
from lab.audit.row import Errors, Row
from lab.audit.told import of_tool
from lab.audit.units import Figure
from lab.audit.words import clean_name

PROTOCOLS = {
    "h2": "h2", "h2c": "h2", "http2": "h2", "http/2": "h2", "h3": "h3", "http3": "h3", "http/3": "h3", "quic": "h3",
    "grpc": "grpc", "ws": "ws", "websocket": "ws", "pipelined": "pipelined", "pipelining": "pipelined",
    "pipeline": "pipelined",
}  # fmt: skip
RANK = re.compile(r"#?\d*[.)]?")
"""A cell beside a name that only counts the rows."""
CLIENTS = re.compile(
    r"(\d[\d,]*) (?:concurrent |parallel |simultaneous )?(?:connections|clients|users)\b", re.IGNORECASE
)
LONGEST = 200
"""Characters of a cell that are read as a figure."""
SLACK = 0.002
"""Of a share that is rounded to 0.1%."""
MANY_PER_CELL = re.compile(r"\s*(?:±|\+/-|\+-)\s*")


@dataclass(slots=True)
class _Figures:
    """What was read of one row so far."""

    keys: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    percentiles: dict[float, float] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    runs: list[float] = field(default_factory=list)
    found: Found = field(default_factory=Found)


def rows(grid: Grid) -> list[Row]:
    """The rows of a table; none if it has neither a rate nor a time in it."""
    return [row for part in one_load_each(upright(grid)) for row in _rows(part)]


def _rows(grid: Grid) -> Iterator[Row]:
    columns = _columns(grid)
    kinds = {column.key for column in columns if column}
    if not kinds & {"rate", "mean_s", "percentile", "ratio", "runs"} or len(grid.titles) < 2:  # noqa: PLR2004
        return
    decimal_comma = units.has_decimal_commas([cell for row in grid.cells for cell in row])
    context = command.last(grid.before) | _of_heading(grid.heading)
    if grid.connections is not None:
        context["connections"] = grid.connections
    elif "connections" not in context and (clients := _clients_above(grid)):
        context["connections"] = int(clients[1].replace(",", ""))
        grid = replace(grid, assumed=(*grid.assumed, f"{clients[0]!r} above the table is its connections"))
    for number, cells in enumerate(grid.cells):
        if any(cell.strip() for cell in cells):
            yield _row(cells, columns, context, grid, number=number, decimal_comma=decimal_comma)


def _columns(grid: Grid) -> list[Column | None]:
    """One for each title; titles that mean something else beside their neighbours are set right."""
    columns = [recognise(title) for title in grid.titles]
    keys = [column.key if column else "" for column in columns]
    if keys.count("rate") > 1:
        offered = [i for i, title in enumerate(grid.titles) if title.strip().lower() == "rate"]
        columns = [Column(key="offered_rate", kind="rate") if i in offered else c for i, c in enumerate(columns)]
    if "runs" in keys and "rate" not in keys:
        averages = [i for i, key in enumerate(keys) if key == "mean_s"]
        columns = [Column(key="rate", kind="rate") if i in averages else c for i, c in enumerate(columns)]
    columns = [None if _is_share_of_best(grid, columns, at) else column for at, column in enumerate(columns)]
    if "name" not in keys and columns:
        textual = [i for i, c in enumerate(columns) if c is None and _is_textual(grid.cells, i)]
        if textual:
            columns[textual[0]] = Column(key="name", kind="text")
    return columns


def _is_share_of_best(grid: Grid, columns: Sequence[Column | None], at: int) -> bool:
    """Whether what stands under `Errors` or beside it are the rates in percent of the best: cells that slipped."""
    column, rates = columns[at], [i for i, other in enumerate(columns) if other and other.key == "rate"]
    if column is None or column.key not in ("errors", "failed_share") or len(rates) != 1:
        return False
    pairs = [(row[rates[0]], row[at].strip()) for row in grid.cells if len(row) > max(rates[0], at)]
    told = [(units.rate(rate).value, units.share(part).value) for rate, part in pairs if part.endswith("%")]
    known = [(rate, part) for rate, part in told if rate is not None and part is not None]
    best = max((rate for rate, _ in known), default=0)
    return best > 0 and len(known) > 1 and all(abs(rate / best - part) <= SLACK for rate, part in known)


def _is_textual(cells: Sequence[Sequence[str]], index: int) -> bool:
    return any(index < len(row) and re.search(r"[A-Za-z]{2}", row[index]) for row in cells)


def _of_heading(heading: str) -> dict[str, Any]:
    """What a heading or a profile's name gives away: `baseline-h2-256`, `pipelined-512`."""
    words = re.split(r"[\s_()-]+", heading.lower())
    protocol = next((PROTOCOLS[word] for word in words if word in PROTOCOLS), None)
    return {"protocol": protocol} if protocol else {}


def _clients_above(grid: Grid) -> re.Match[str] | None:
    """`100 concurrent users` in the heading, or else in the text above, if it is there in one number only."""
    for text in (grid.heading, grid.before):
        found = {match[1]: match for match in CLIENTS.finditer(text)}
        if len(found) == 1:
            return next(iter(found.values()))
    return None


def _row(
    cells: Sequence[str], columns: Sequence[Column | None], context: Mapping[str, Any], grid: Grid, *,
    number: int, decimal_comma: bool,
) -> Row:  # fmt: skip
    figures = _Figures()
    names: list[str] = []
    for cell, column in zip(cells, columns, strict=False):
        if column is None:
            continue
        if column.kind == "text":
            _text(column, cell, figures, names)
        else:
            _figure(column, cell, figures, decimal_comma=decimal_comma)
    _settle(figures)
    said = dict(context) | command.last(" / ".join(names)) | {k: v for k, v in figures.keys.items() if v is not None}
    return Row(
        **(_of_tool(said) | said),
        name=clean_name(" ".join(names)) or f"row {number + 1}",
        group=clean_name(grid.heading),
        where=f"line {grid.first_line + number}" if grid.first_line else "",
        percentiles_s=tuple(sorted(figures.percentiles.items())),
        errors=Errors(**figures.errors),
        runs=tuple(figures.runs),
        assumed=(*grid.assumed, *figures.found.assumed),
        odd=tuple(figures.found.odd),
    )


def _of_tool(said: Mapping[str, Any]) -> dict[str, Any]:
    known = of_tool(said.get("tool"))
    return known | {"loop": "open"} if said.get("offered_rate") else known


def _text(column: Column, cell: str, figures: _Figures, names: list[str]) -> None:
    value = cell.strip()
    if column.key == "name":
        names += [] if RANK.fullmatch(value) else [value]
    elif column.key == "tool" and value:
        figures.keys["tool"] = clean_name(value).lower().split(" ")[0]
        figures.keys |= command.last(value)
    elif column.key == "protocol":
        figures.keys["protocol"] = PROTOCOLS.get(value.lower().replace("https", "http"))


def _figure(column: Column, cell: str, figures: _Figures, *, decimal_comma: bool) -> None:
    """One cell of numbers, filed under its key."""
    bare = re.sub(r"[*`]|</?[a-zA-Z][^>]*>", "", cell[:LONGEST]).strip()
    printed, *after = MANY_PER_CELL.split(bare, maxsplit=1)
    column = _meant(column, printed)
    read = figures.found.figure(_positive(_parse(column, printed, decimal_comma=decimal_comma), printed))
    if column.assumed and column.assumed not in figures.found.assumed and read.value is not None:
        figures.found.assumed.append(column.assumed)
    if read.value is None:
        return
    kind, _, rest = column.key.partition(".")
    if kind == "percentile" and column.rank:
        figures.percentiles[column.rank] = read.value
    elif kind == "runs":
        figures.runs.append(read.value)
    elif kind == "status":
        figures.statuses[rest] = int(read.value)
    elif kind == "errors":
        figures.errors[rest or "any"] = int(read.value)
    else:
        _keep(column, read, figures)
        if after and column.key == "rate":
            figures.keys["spread"] = _spread(after[0], read.value)


def _meant(column: Column, printed: str) -> Column:
    """Errors in percent are a share of the answers, not a count."""
    in_percent = column.key == "errors" and printed.endswith("%")
    return replace(column, key="failed_share", kind="share") if in_percent else column


def _keep(column: Column, read: Figure, figures: _Figures) -> None:
    whole = column.kind == "count"
    figures.keys[column.key] = int(read.value or 0) if whole else read.value
    if column.key == "rate":
        figures.keys["rate_step"] = read.step
    elif column.key == "mean_s":
        figures.keys["mean_step_s"] = read.step


def _spread(text: str, value: float) -> float | None:
    if "%" in text:
        part = units.share(text.strip(" ()")).value
        return None if part is None else part * value
    return units.rate(text.strip(" ()")).value


def _positive(read: Figure, text: str) -> Figure:
    return Figure(odd=f"{text!r} is less than nothing") if read.value is not None and read.value < 0 else read


def _parse(column: Column, text: str, *, decimal_comma: bool) -> Figure:
    if column.kind in ("rate", "run", "ratio"):
        return _rate(re.sub(r"[x×]\s*$", "", text.strip()) if column.kind == "ratio" else text, decimal_comma)
    if column.kind == "time":
        unit = column.unit or ("s" if column.key == "duration_s" else None)
        return units.duration(text, unit=unit, decimal_comma=decimal_comma)
    if column.kind in ("share", "cpus"):
        return _part(column, text, decimal_comma)
    if column.kind == "memory":
        return units.megabytes(text, unit=column.unit)
    return units.count(text, decimal_comma=decimal_comma)


def _rate(text: str, decimal_comma: bool) -> Figure:
    return units.EMPTY if BYTES.search(text) else units.rate(text, decimal_comma=decimal_comma)


def _part(column: Column, text: str, decimal_comma: bool) -> Figure:
    """A share of one; of CPUs, of which there are several, 1479% is 14.79."""
    if column.kind == "share":
        return units.share(text, percent=column.unit == "%", decimal_comma=decimal_comma)
    read = units.rate(text.rstrip("% "), decimal_comma=decimal_comma)
    in_percent = "%" in text or column.unit == "%"
    return Figure(value=read.value / 100) if read.value is not None and in_percent else read


def _settle(figures: _Figures) -> None:
    """What follows from several cells: answers by status are the total, errors of no kind are of every kind."""
    if figures.statuses:
        figures.keys.setdefault("total", sum(figures.statuses.values()))
        figures.errors.setdefault("status", figures.statuses.get("4", 0) + figures.statuses.get("5", 0))
    failed = figures.keys.pop("failed_share", None)
    if failed is not None and "success_share" not in figures.keys:
        figures.keys["success_share"] = 1 - failed
    _over_rounds(figures)
    anything = figures.errors.pop("any", None)
    if anything == 0:
        figures.errors = dict.fromkeys(("connect", "read", "write", "timeout", "status"), 0) | figures.errors
    elif anything is not None:
        figures.errors.setdefault("status", anything)


def _over_rounds(figures: _Figures) -> None:
    """A total that only all rounds together can have come to was answered in as many times the duration."""
    rounds = figures.keys.pop("rounds", None)
    total, rate, once = (figures.keys.get(key) for key in ("total", "rate", "duration_s"))
    if not (rounds and total and rate and once):
        return
    if abs(total / rate - once * rounds) < abs(total / rate - once):
        figures.keys["duration_s"] = once * rounds
        figures.found.assumed.append(f"the total is that of all {rounds} rounds")

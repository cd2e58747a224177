"""JSON: the reports of the tools, lists of objects, objects by name, and lists of values under their field names."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from lab.audit.readers import autocannon, bombardier, k6, locust, oha, vegeta
from lab.audit.readers.shape import Grid
from lab.audit.readers.table import rows
from lab.audit.row import Row
from lab.audit.words import clean_name

NAME = "JSON"
REPORTS = (oha.from_json, k6.from_json, vegeta.from_json, autocannon.from_json, bombardier.from_json, locust.from_json)
FIELDS = ("fields", "columns", "header", "headers")
FIGURES = (
    "connections",
    "threads",
    "pipelining",
    "duration_s",
    "offered_rate",
    "rate",
    "mean_s",
    "stdev_s",
    "min_s",
    "max_s",
    "total",
    "success_share",
)
MOST = 10_000
"""Objects of a list that are looked into: a longer one without figures of its own is a log of single requests."""
UNIT = re.compile(r"(.+)(_(?:s|ms|us|ns))")
"""A key whose figures all have one unit: `latency_ms`."""
DEPTH = 6
"""Objects within objects that are looked into."""


def parse(text: str) -> Any:
    """The document, or the list of its lines if each of them is one; None if it is no JSON."""
    try:
        return json.loads(text)
    except RecursionError:
        return None
    except ValueError:
        pass
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return None


def read(data: Any) -> list[Row]:
    """All rows that can be found, in the order of the document."""
    return list(_walk(data, name="", fields=None, depth=0))


def _walk(data: Any, *, name: str, fields: Sequence[str] | None, depth: int) -> Iterator[Row]:
    if depth > DEPTH:
        return
    if isinstance(data, dict):
        yield from _object(data, name=name, fields=fields, depth=depth)
    elif isinstance(data, list) and data:
        if fields and all(isinstance(row, list) for row in data):
            yield from rows(Grid(titles=fields, cells=[[_text(cell) for cell in row] for row in data], heading=name))
        elif all(isinstance(row, dict) for row in data):
            yield from _objects(data, name=name, fields=fields, depth=depth)


def _objects(data: list[dict[str, Any]], *, name: str, fields: Sequence[str] | None, depth: int) -> Iterator[Row]:
    """A list of reports, of rows, or of objects that hold some."""
    if any(_report(row) for row in data[:MOST]):
        for row in data:
            yield from _walk(row, name=name, fields=fields, depth=depth + 1)
        return
    flat = [dict(_flat(row)) for row in data]
    titles = list(dict.fromkeys(title for row in flat for title in row))
    found = rows(Grid(titles=titles, cells=[[row.get(title, "") for title in titles] for row in flat], heading=name))
    if found:
        yield from found
        return
    for row in data[:MOST]:
        yield from _walk(row, name=name, fields=fields, depth=depth + 1)


def _object(data: dict[str, Any], *, name: str, fields: Sequence[str] | None, depth: int) -> Iterator[Row]:
    if report := _report(data):
        yield replace(report, name=clean_name(name or report.name))
        return
    told = next((data[key] for key in FIELDS if isinstance(data.get(key), list)), None)
    fields = [str(field) for field in told] if told else fields
    members = {key: value for key, value in data.items() if isinstance(value, dict)}
    if members and len(members) == len(data) and not any(_report(value) for value in members.values()):
        named = [{"name": key, **value} for key, value in members.items()]
        flat = [dict(_flat(row)) for row in named]
        titles = list(dict.fromkeys(title for row in flat for title in row))
        cells = [[row.get(title, "") for title in titles] for row in flat]
        if found := rows(Grid(titles=titles, cells=cells, heading=name)):
            yield from found
            return
    if not name and not fields and (found := _single(data)):
        yield from found
        return
    for key, value in data.items():
        if value is not told:
            yield from _walk(value, name=key if fields or depth else str(key), fields=fields, depth=depth + 1)


def _single(data: Mapping[str, Any]) -> list[Row]:
    """An object that is a row itself."""
    flat = {key: value for key, value in _flat(data) if value}
    return rows(Grid(titles=list(flat), cells=[list(flat.values())])) if flat else []


def _report(data: Mapping[str, Any]) -> Row | None:
    """The row of a tool's own report; None if it is none, or is not made as that tool makes it."""
    for from_json in REPORTS:
        try:
            if (row := from_json(data)) is not None and _is_sound(row):
                return row
        except (TypeError, ValueError, KeyError, AttributeError):
            continue
    return None


def _is_sound(row: Row) -> bool:
    """Whether figures are figures: a report that somebody wrote by hand may hold anything."""
    told = [getattr(row, name) for name in FIGURES] + [value for _, value in row.percentiles_s]
    numbers = [value for value in told if value is not None]
    return all(isinstance(value, int | float) and math.isfinite(value) and value >= 0 for value in numbers)


def _flat(row: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Keys and texts; `{"latency": {"p99": 1}}` is `latency p99`, `{"latency_ms": {"p99": 1}}` is `latency p99_ms`."""
    of_all = UNIT.fullmatch(above)
    outer, unit = of_all.groups() if of_all else (above, "")
    for key, value in row.items():
        title = f"{outer} {key}{unit}".strip()
        if isinstance(value, dict) and not above:
            yield from _flat(value, title)
        elif not isinstance(value, dict | list):
            yield title, _text(value)


def _text(value: Any) -> str:
    if value is None or isinstance(value, dict | list):
        return ""
    return format(value, ".15g") if isinstance(value, float) else str(value)

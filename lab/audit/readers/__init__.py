"""From text to rows: one module for each kind of input, and here the choice between them."""

from collections.abc import Callable, Iterator, Mapping

from lab.audit.readers import (
    ab,
    autocannon,
    bombardier,
    csv,
    experiment,
    hey,
    html,
    json,
    k6,
    locust,
    markdown,
    vegeta,
    wrk,
)
from lab.audit.readers.shape import Grid
from lab.audit.readers.table import rows
from lab.audit.row import Reading, Row
from lab.audit.words import clean
from lab.errors import UsageError

OUTPUTS: Mapping[str, Callable[[str], Iterator[Row]]] = {
    module.NAME: module.read for module in (wrk, autocannon, ab, hey, bombardier, vegeta, k6, locust)
}
READABLE = (
    "a table (Markdown, CSV, HTML, JSON), or what wrk, wrk2, oha, hey, ab, k6, vegeta, autocannon, bombardier or "
    "Locust print"
)


def read(text: str, *, where: str) -> Reading:
    """The rows of an input, whatever it is. Raises UsageError if there are none."""
    if not text.strip():
        raise UsageError("there is nothing to audit: the input is empty", where=where, fix=f"give {READABLE}")
    text = clean(text)
    for found in (_json, _html, _experiment, _printed, _csv):
        reading = found(text)
        if reading and reading.rows:
            return reading
    raise UsageError("no row with a rate or a latency was found", where=where, fix=f"give {READABLE}")


def _json(text: str) -> Reading | None:
    if text.lstrip()[:1] not in ("{", "["):
        return None
    data = json.parse(text)
    return Reading(rows=tuple(json.read(data)), format=json.NAME) if data is not None else None


def _html(text: str) -> Reading | None:
    if not html.START.search(text):
        return None
    grids, outside = html.read(text)
    tables, notes = _tables(grids, html.NAME)
    formats, printed = _outputs(outside)
    return Reading(rows=(*tables, *printed), format=" and ".join([html.NAME, *formats]), notes=notes)


def _experiment(text: str) -> Reading:
    return Reading(rows=tuple(experiment.read(text)), format=experiment.NAME)


def _printed(text: str) -> Reading:
    """Tables and printed outputs, which a README has side by side."""
    tables, notes = _tables(list(markdown.grids(text)), markdown.NAME)
    formats, printed = _outputs(text)
    named = [markdown.NAME] if tables else []
    found = " and ".join([*named, *formats])
    return Reading(rows=(*tables, *printed), format=found, notes=() if printed else notes)


def _csv(text: str) -> Reading:
    return Reading(rows=tuple(csv.read(text)), format=csv.NAME)


def _tables(grids: list[Grid], kind: str) -> tuple[list[Row], tuple[str, ...]]:
    """The rows of those tables that have any, and which have none."""
    found: list[Row] = []
    notes: list[str] = []
    for grid in grids:
        read_rows = rows(grid)
        found += read_rows
        if not read_rows:
            place = f" in line {grid.first_line - 2}" if grid.first_line else ""
            notes.append(f"the {kind}{place} is left out: it has no column with a rate or a latency")
    return found, tuple(notes)


def _outputs(text: str) -> tuple[list[str], list[Row]]:
    found = {name: list(read_output(text)) for name, read_output in OUTPUTS.items()}
    return [name for name, printed in found.items() if printed], [row for printed in found.values() for row in printed]

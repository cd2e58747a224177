"""Tables whose cells are set apart by commas, semicolons or tabs."""

import csv
import io

from lab.audit.readers import locust
from lab.audit.readers.shape import Grid
from lab.audit.readers.table import rows
from lab.audit.row import Row

NAME = "CSV"
SAMPLE = 20
"""Lines that must agree on their separator."""


def read(text: str) -> list[Row]:
    """The rows of a table with its titles on top; none if it is no such table."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    separator = _separator(lines[:SAMPLE])
    if separator is None:
        return []
    try:
        cells = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=separator, skipinitialspace=True))
    except csv.Error:
        return []
    found = locust.from_csv(cells[0], cells[1:])
    return found if found is not None else rows(Grid(titles=cells[0], cells=cells[1:], first_line=2))


def _separator(lines: list[str]) -> str | None:
    """The one that divides each line into as many cells as the first."""
    if len(lines) < 2:  # noqa: PLR2004
        return None
    for separator in ("\t", ";", ","):
        widths = {len(row) for row in csv.reader(lines, delimiter=separator, skipinitialspace=True)}
        if len(widths) == 1 and widths != {1}:
            return separator
    return None

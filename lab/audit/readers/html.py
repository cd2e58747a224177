"""The tables of a page, and its preformatted text, in which a tool's output may stand."""

import re
from dataclasses import dataclass, replace
from html.parser import HTMLParser

from lab.audit.readers.parts import BEFORE
from lab.audit.readers.shape import Grid

NAME = "HTML table"
START = re.compile(r"<(?:!doctype html|html|head|body|table|pre)[\s>]", re.IGNORECASE)
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "caption"})
WIDEST = 100
"""Columns or rows that a cell may reach over."""
SILENT = frozenset({"script", "style"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    """A cell as it is written, with the columns and rows that it reaches over."""

    text: str = ""
    title: bool = False
    columns: int = 1
    rows: int = 1


def _span(told: str | None) -> int:
    """A `colspan` or `rowspan`; 1 where it is no number."""
    return min(max(int(told), 1), WIDEST) if told and told.strip().isdecimal() else 1


def _spread(rows: list[list[_Cell]]) -> list[list[_Cell]]:
    """Each row with a cell in each of its columns: what reaches over several stands in all of them."""
    pending: dict[int, tuple[int, _Cell]] = {}
    spread: list[list[_Cell]] = []
    for row in rows:
        cells: list[_Cell] = []
        left = list(reversed(row))
        while left or len(cells) in pending:
            column = len(cells)
            if column in pending:
                below, cell = pending.pop(column)
                cells.append(cell)
                if below > 1:
                    pending[column] = (below - 1, cell)
                continue
            cell = left.pop()
            for place in range(column, column + cell.columns):
                cells.append(cell)
                if cell.rows > 1:
                    pending[place] = (cell.rows - 1, cell)
        spread.append(cells)
    return spread


class _Page(HTMLParser):
    """Collects tables, headings and text as they come; the inner table of a nest is read, the outer goes on after."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.grids: list[Grid] = []
        self.text: list[str] = []
        self._heading: list[str] | None = None
        self._last_heading = ""
        self._rows: list[list[_Cell]] | None = None
        self._line = 1
        self._cell: list[str] | None = None
        self._span = _Cell()
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self._silent += 1
        elif tag in HEADINGS:
            self._heading = []
        elif tag == "table":
            self._rows, self._line = [], self.getpos()[0]
        elif tag == "tr" and self._rows is not None:
            self._end_cell()
            self._rows.append([])
        elif tag in ("td", "th") and self._rows:
            self._end_cell()
            self._cell = []
            told = dict(attrs)
            self._span = _Cell(title=tag == "th", columns=_span(told.get("colspan")), rows=_span(told.get("rowspan")))
        elif tag in ("br", "p", "div", "pre", "li"):
            self.handle_data("\n" if self._cell is None else " ")

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self._silent = max(self._silent - 1, 0)
        elif tag in HEADINGS and self._heading is not None:
            self._last_heading, self._heading = " ".join("".join(self._heading).split()), None
        elif tag in ("td", "th", "tr"):
            self._end_cell()
        elif tag == "table" and self._rows is not None:
            self._end_cell()
            self._end_table(self._rows)
            self._rows = self._cell = None

    def _end_cell(self) -> None:
        """Browsers end a cell where the next one begins, whether it says so or not."""
        if self._cell is not None and self._rows:
            self._rows[-1].append(replace(self._span, text=" ".join("".join(self._cell).split())))
        self._cell = None

    def _end_table(self, found: list[list[_Cell]]) -> None:
        rows = _spread([row for row in found if row])
        if rows:
            above = 1
            while above < len(rows) and all(cell.title for cell in rows[above]):
                above += 1
            columns = zip(*reversed(rows[:above]), strict=False)
            titles = [" ".join(dict.fromkeys(cell.text for cell in column)) for column in columns]
            cells = [[cell.text for cell in row] for row in rows[above:]]
            before = "".join(self.text)[-BEFORE:]
            self.grids.append(Grid(titles=titles, cells=cells, heading=self._last_heading, before=before))

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        for part in (self._heading, self._cell):
            if part is not None:
                part.append(data)
        if self._cell is None:
            self.text.append(data)


def read(text: str) -> tuple[list[Grid], str]:
    """The tables of a page, and its text outside of them."""
    page = _Page()
    page.feed(text)
    page.close()
    return page.grids, "".join(page.text)

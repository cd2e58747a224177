"""The tables of a page, and its preformatted text, in which a tool's output may stand."""

import re
from html.parser import HTMLParser

from lab.audit.readers.parts import BEFORE
from lab.audit.readers.shape import Grid

NAME = "HTML table"
START = re.compile(r"<(?:!doctype html|html|head|body|table|pre)[\s>]", re.IGNORECASE)
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "caption"})
SILENT = frozenset({"script", "style"})


class _Page(HTMLParser):
    """Collects tables, headings and text as they come; the inner table of a nest is read, the outer goes on after."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.grids: list[Grid] = []
        self.text: list[str] = []
        self._heading: list[str] | None = None
        self._last_heading = ""
        self._rows: list[list[str]] | None = None
        self._line = 1
        self._cell: list[str] | None = None
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
            self._rows[-1].append(" ".join("".join(self._cell).split()))
        self._cell = None

    def _end_table(self, found: list[list[str]]) -> None:
        rows = [row for row in found if row]
        if rows:
            before = "".join(self.text)[-BEFORE:]
            grid = Grid(titles=rows[0], cells=rows[1:], heading=self._last_heading, before=before)
            self.grids.append(grid)

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

"""The report on a terminal: as many tables beside and below each other as its width allows."""

from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

from rich import box
from rich.cells import cell_len
from rich.console import Console, Group, JustifyMethod, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lab.figures.numbers import errors_text, interval_text
from lab.model import Results, VerdictName
from lab.report import footprint, verdicts
from lab.report.columns import LABEL, TableColumn, identity, shown
from lab.report.headline import headline
from lab.report.provenance import provenance, versions_in_short
from lab.report.ranking import sections
from lab.report.rows import ReportRow, Section
from lab.report.words import conditions, how_to_read, notes

_WIDTH = 100
_GAP = 2
"""Blanks that a column takes beside its text."""
_VERDICTS: dict[VerdictName, str] = {
    "reproduced": "green",
    "scaled": "green",
    "same order": "green",
    "differs": "yellow",
    "mean not of all clients": "yellow",
    "cannot be true": "red",
    "not comparable here": "dim",
}


def render(results: Results) -> str:
    """Write the report as plain text of at most 100 columns."""
    return render_width(results, width=_WIDTH)


def render_width(results: Results, *, width: int) -> str:
    """Write the report as plain text of at most `width` columns."""
    out = StringIO()
    print_to(Console(file=out, width=width, color_system=None), results)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def print_to(console: Console, results: Results) -> None:
    """Print the report on a console, in its width; in colour where that console has it."""
    for section in sections(results):
        for part in _section(section, console.width):
            console.print(part)
            console.print()
    console.print(Text("Where these figures come from", style="bold"))
    console.print(_facts((*provenance(results.run), ("versions", versions_in_short(results.run)))))


def _section(section: Section, width: int) -> Iterator[RenderableType]:
    yield Text(headline(section), style="bold")
    yield _facts(conditions(section))
    if section.weighed:
        columns = footprint.footprint_columns(section)
        for page in _pages([LABEL], columns, section.weighed, width):
            yield _table(section.weighed, page, width)
    if section.rows:
        for page in _pages(identity(section), shown(section), section.rows, width):
            yield _table(section.rows, page, width)
    yield from _judged(section)
    if found := notes(section.rows):
        yield _facts(found)
    help_texts = (_point(text) for text in how_to_read(section))
    yield Group(Text("How to read it", style="bold"), *help_texts)
    if section.invalid:
        yield Group(Text("Not valid, not ranked", style="bold"), *(_invalid(row) for row in section.invalid))


def _judged(section: Section) -> Iterator[RenderableType]:
    """Give a line to each row that was judged, by verdict, and the order in a few words."""
    lines: list[RenderableType] = []
    for name, reasons in verdicts.judged(section):
        lines.append(Text(f" {name} ({len(reasons)})", style="bold"))
        lines.append(Padding(_facts(reasons), (0, 0, 0, 2)))
    lines += [Text(f" {sentence}", overflow="fold") for sentence in verdicts.order_sentences(section, short=True)]
    for sentence, lines_of_rows in verdicts.factor_sentences(section):
        lines += [Text(f" {sentence}", overflow="fold"), _grid(lines_of_rows)]
    if lines:
        yield Group(Text(verdicts.TITLE, style="bold"), *lines)


def _grid(lines: Sequence[Sequence[str]]) -> Table:
    """Texts below a heading: names to the left, figures to the right."""
    head, *body = lines
    grid = Table(box=None, padding=(0, 1, 0, 1), pad_edge=True)
    for number, title in enumerate(head):
        grid.add_column(Text(title), justify="right" if number else "left", overflow="fold")
    for line in body:
        grid.add_row(*map(Text, line))
    return grid


def _pages(
    lead: Sequence[TableColumn], columns: Sequence[TableColumn], rows: Sequence[ReportRow], width: int
) -> list[list[TableColumn]]:
    """Spread the columns over tables that fit the width; those of one group stay together if they can."""
    pages = [list(lead)]
    for group in dict.fromkeys(column.group for column in columns):
        members = [column for column in columns if column.group == group]
        if not _fits(rows, [*pages[-1], *members], width) and _fits(rows, [LABEL, *members], width):
            pages.append([LABEL])
        for column in members:
            if not _fits(rows, [*pages[-1], column], width) and len(pages[-1]) > 1:
                pages.append([LABEL])
            pages[-1].append(column)
    return pages


def _fits(rows: Sequence[ReportRow], columns: Iterable[TableColumn], width: int) -> bool:
    return sum(_needs(rows, column) + _GAP for column in columns) <= width


def _needs(rows: Sequence[ReportRow], column: TableColumn) -> int:
    """Tell how wide a column is at least; long texts fold from its widest on, at a word's end if they can."""
    return min(column.widest, _natural(rows, column))


def _natural(rows: Sequence[ReportRow], column: TableColumn) -> int:
    texts = [*column.title.split(), column.unit, *(column.text(row) for row in rows)]
    return max(cell_len(text) for text in texts)


def _table(rows: Sequence[ReportRow], columns: Sequence[TableColumn], width: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, pad_edge=False)
    spare = width - sum(_needs(rows, column) + _GAP for column in columns)
    for column in columns:
        head = Text(f"{column.title}\n{column.unit}" if column.unit else column.title)
        justify: JustifyMethod = "right" if column.numeric else "left"
        most = min(_natural(rows, column), _needs(rows, column) + max(0, spare))
        table.add_column(head, justify=justify, overflow="fold", max_width=most)
    for row in rows:
        table.add_row(*(Text(column.text(row), style=_style(row, column)) for column in columns))
    return table


def _style(row: ReportRow, column: TableColumn) -> str:
    if column.group == "verdict" and row.result.verdict:
        return _VERDICTS[row.result.verdict.name]
    if column.title == "errors" and row.result.errors.total:
        return "yellow"
    if row.rank is None:
        return "dim"
    return "bold green" if row.first and column.title in {"#", "row", "requests", "wall clock", "p99"} else ""


def _invalid(row: ReportRow) -> RenderableType:
    least = "at least " if row.result.at_least else ""
    rate = f", {least}{interval_text(row.score)} {row.score_unit}" if row.score else ""
    seen = f"{row.label}: {row.result.requests:,} requests answered{rate}, errors {errors_text(row.result.errors)}"
    return Group(Text(seen, style="red"), *(_point(reason) for reason in row.reasons))


def _point(text: str) -> RenderableType:
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_row(Text("  -"), Text(text, overflow="fold"))
    return grid


def _facts(facts: Sequence[tuple[str, str]]) -> RenderableType:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(max_width=30, overflow="fold", style="dim")
    grid.add_column(overflow="fold")
    for name, fact in facts:
        grid.add_row(Text(name), Text(fact))
    return Padding(grid, (0, 0, 0, 1))

"""The report on a terminal: as many tables beside and below each other as its width allows."""

from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

from rich import box
from rich.cells import cell_len
from rich.console import Console, Group, JustifyMethod, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lab.model import Results
from lab.report.columns import LABEL, Column, identity, shown
from lab.report.figures import errors, interval
from lab.report.provenance import provenance
from lab.report.rows import Row, Section, sections
from lab.report.words import conditions, headline, how_to_read, notes

_WIDTH = 100
_GAP = 2
"""Blanks that a column takes beside its text."""


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
        for part in _section(section, results, console.width):
            console.print(part)
            console.print()
    console.print(Text("Where these figures come from", style="bold"))
    console.print(_facts(provenance(results.run)))


def _section(section: Section, results: Results, width: int) -> Iterator[RenderableType]:
    budget = results.run.budget
    yield Text(headline(section, budget), style="bold")
    yield _facts(conditions(section))
    if section.rows:
        for columns in _pages(section, width):
            yield _table(section.rows, columns)
    if found := notes(section.rows):
        yield _facts(found)
    help_texts = (_point(text) for text in how_to_read(section, budget))
    yield Group(Text("How to read it", style="bold"), *help_texts)
    if section.invalid:
        yield Group(Text("Not valid, not ranked", style="bold"), *(_invalid(row) for row in section.invalid))


def _pages(section: Section, width: int) -> list[list[Column]]:
    """Spread the columns over tables that fit the width; those of one group stay together if they can."""
    rows, columns = section.rows, shown(section)
    pages = [list(identity(section))]
    for group in dict.fromkeys(column.group for column in columns):
        members = [column for column in columns if column.group == group]
        if not _fits(rows, [*pages[-1], *members], width) and _fits(rows, [LABEL, *members], width):
            pages.append([LABEL])
        for column in members:
            if not _fits(rows, [*pages[-1], column], width) and len(pages[-1]) > 1:
                pages.append([LABEL])
            pages[-1].append(column)
    return pages


def _fits(rows: Sequence[Row], columns: Iterable[Column], width: int) -> bool:
    return sum(_needs(rows, column) + _GAP for column in columns) <= width


def _needs(rows: Sequence[Row], column: Column) -> int:
    """Tell how wide a column is; long names and long lists fold from 40 on."""
    texts = [*column.title.split(), column.unit, *(column.text(row) for row in rows)]
    return min(40, max(cell_len(text) for text in texts))


def _table(rows: Sequence[Row], columns: Sequence[Column]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, pad_edge=False)
    for column in columns:
        head = Text(f"{column.title}\n{column.unit}" if column.unit else column.title)
        justify: JustifyMethod = "right" if column.numeric else "left"
        table.add_column(head, justify=justify, overflow="fold", max_width=_needs(rows, column))
    for row in rows:
        table.add_row(*(Text(column.text(row), style=_style(row, column)) for column in columns))
    return table


def _style(row: Row, column: Column) -> str:
    if column.title == "errors" and row.cell.errors.total:
        return "yellow"
    if row.rank is None:
        return "dim"
    return "bold green" if row.rank == 1 and column.title in {"#", "row", "requests"} else ""


def _invalid(row: Row) -> RenderableType:
    rate = f", {interval(row.rate)} requests/s" if row.rate else ""
    seen = f"{row.label}: {row.cell.requests:,} requests answered{rate}, errors {errors(row.cell.errors)}"
    reasons = (*row.cell.invalid_reasons, *row.cell.notes) or ("no reason was given",)
    return Group(Text(seen, style="red"), *(_point(reason) for reason in reasons))


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

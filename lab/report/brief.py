"""How a run ends on a terminal: the sentence, the ranking, what limited each row; all of it in a screen of 24 lines."""

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import StringIO

from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from lab.figures.numbers import NOTHING, count_text, listing
from lab.load import kind
from lab.model import Results
from lab.report import footprint, verdicts
from lab.report.columns import (
    INTERVAL,
    LABEL,
    OFFERED,
    RANK,
    REQUESTS,
    TAIL,
    TAIL_INTERVAL,
    WALL,
    WALL_INTERVAL,
    TableColumn,
)
from lab.report.headline import leading, limited_by
from lab.report.ranking import sections
from lab.report.rows import ReportRow, Section

LINES = 19
"""Of a screen of 24: the command, where the time went, where the report is and the next prompt have the others."""
FEWEST_ROWS = 3
NARROWEST, WIDEST = 80, 100
UNKNOWN = "not known"
"""What limits a row that is near no bound, where nobody has said how many requests it has in service at once."""
_GAP = 2
_WEIGHED = ("start, cold", "idle", "containers", "image")


def render_width(results: Results, *, width: int) -> str:
    """Write the end of a run in at most 19 lines of at most `width` columns, which count as 80 to 100."""
    width = min(max(width, NARROWEST), WIDEST)
    found = sections(results)
    lines = _table(found[0], width) if len(found) == 1 else _tables(found, width)
    return "\n".join(lines) + "\n"


def _table(section: Section, width: int) -> list[str]:
    above = [*_wrapped(leading(section), width), *_wrapped(_judged(section), width)]
    below = [*_wrapped(_unchecked(section), width), *_wrapped(_invalid(section), width)]
    room = max(LINES - len(above) - len(below) - 2, FEWEST_ROWS)
    rows = section.weighed or section.rows
    shown = rows if len(rows) <= room else rows[: room - 1]
    ranking = [*_ranking(section, shown, width)]
    if len(shown) < len(rows):
        ranking.append(f"{count_text(len(rows) - len(shown), 'more row')} in the report")
    return [*above, *ranking, *below]


def _ranking(section: Section, rows: Sequence[ReportRow], width: int) -> Iterator[str]:
    if not rows:
        return
    grid = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False)
    columns = _columns(section)
    heads = [f"{column.title} ({column.unit})" if column.unit else column.title for column in columns]
    needs = [max(map(len, (head, *map(column.text, rows)))) for head, column in zip(heads, columns, strict=True)]
    names = columns.index(LABEL)
    # Only a long name is cut: half a figure would be another figure.
    needs[names] = min(needs[names], width - sum(needs[:names] + needs[names + 1 :]) - _GAP * (len(needs) - 1))
    for head, column, most in zip(heads, columns, needs, strict=True):
        justify: JustifyMethod = "right" if column.numeric else "left"
        grid.add_column(head, justify=justify, no_wrap=True, overflow="ellipsis", width=most)
    for row in rows:
        grid.add_row(*(Text(column.text(row)) for column in columns))
    out = StringIO()
    Console(file=out, width=width, color_system=None).print(grid)
    yield from (line.rstrip() for line in out.getvalue().splitlines())


def _columns(section: Section) -> tuple[TableColumn, ...]:
    if section.weighed:
        return (LABEL, *(c for c in footprint.footprint_columns(section) if c.title in _WEIGHED))
    rank = (RANK,) if any(row.rank_text != NOTHING for row in section.rows) else ()
    loops = (REQUESTS, replace(INTERVAL, unit="")) if section.has_loops else ()
    bursts = (WALL, replace(WALL_INTERVAL, unit="")) if section.has_bursts else ()
    opens = (OFFERED, TAIL, replace(TAIL_INTERVAL, unit="")) if section.has_open_loops else ()
    return (*rank, LABEL, *loops, *bursts, *opens, _LIMITED)


def _tables(found: Sequence[Section], width: int) -> list[str]:
    """Of several tables a line each: how many rows are valid, and what became of the published ones."""
    lines = [line for section in found for line in _wrapped(f"{section.table}: {_summary(section)}", width)[:2]]
    if len(lines) <= LINES:
        return lines
    return [*lines[: LINES - 1], f"{count_text(len(found), 'table')} in all; the others are in the report"]


def _summary(section: Section) -> str:
    valid = f"{len(section.rows)} of {count_text(len(section.cells), 'row')} valid"
    counts = _counts(section)
    return f"{valid}; {counts}" if counts else valid


def _judged(section: Section) -> str:
    counts = _counts(section)
    return f"Of its published rows: {counts}." if counts else ""


def _counts(section: Section) -> str:
    """The verdicts by kind: `3 reproduced, 2 same order`."""
    found = Counter(result.verdict.name for result in section.results if result.verdict)
    return ", ".join(f"{found[name]} {name}" for name in verdicts.NAMES if found[name])


def _invalid(section: Section) -> str:
    """The rows that count for nothing, and of the first of them why: on a noisy host it is the same for all."""
    if not section.invalid:
        return ""
    labels = listing([row.label for row in section.invalid])
    first = section.invalid[0]
    return f"Not valid, not ranked: {labels}. The report says why; of {first.label}: {first.reasons[0]}."


def _unchecked(section: Section) -> str:
    """The rows whose answers nobody of the lab has judged."""
    rows = (*section.rows, *section.invalid)
    labels = [row.label for row in rows if not kind(row.cell.load).CHECKED_BY_THE_LAB]
    return f"Checked by the script, not by the lab: {listing(labels)}. Statuses were counted." if labels else ""


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width)


def _limit(row: ReportRow) -> str:
    return limited_by(row) or (UNKNOWN if row.cell.slots_unknown else NOTHING)


_LIMITED = TableColumn(group="ceiling", title="limited by", unit="", text=_limit, value=_limit, numeric=False)

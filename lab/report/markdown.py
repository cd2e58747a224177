"""`report.md`: the report as GitHub shows it."""

import re
from collections.abc import Iterator, Sequence

from lab.model import Results
from lab.report.columns import INVALID_COLUMNS, LABEL, Column, identity, shown
from lab.report.provenance import provenance
from lab.report.rows import Row, Section, sections
from lab.report.words import conditions, headline, how_to_read, notes

_MARKS = re.compile(r"([\\`*_\[\]<>|~#])")


def render(results: Results) -> str:
    """Write headline, tables, reading help, invalid rows and provenance as GitHub Markdown."""
    parts = ["# Measured beside published"]
    for section in sections(results):
        parts += _section(section, results)
    parts += ["## Where these figures come from", _facts(provenance(results.run))]
    return "\n\n".join(parts) + "\n"


def escape(text: str) -> str:
    """Make text stand for itself in a line or a table cell."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def _section(section: Section, results: Results) -> Iterator[str]:
    budget = results.run.budget
    yield f"## {escape(section.table)}"
    yield f"**{escape(headline(section, budget))}**"
    yield _facts(conditions(section))
    if section.rows:
        yield from _tables(section)
        yield from _notes(section.rows)
    yield "### How to read it"
    yield _bullets([escape(point) for point in how_to_read(section, budget)])
    if section.invalid:
        yield "### Not valid, not ranked"
        yield _table(section.invalid, (LABEL, *INVALID_COLUMNS))
        yield _bullets([f"**{escape(row.label)}**: {_reasons(row)}" for row in section.invalid])


def _tables(section: Section) -> Iterator[str]:
    """Spread the columns over three tables: GitHub makes a reader scroll what is wider than its page."""
    columns = shown(section)
    for lead, groups in (
        (identity(section), {"throughput"}),
        ((LABEL,), {"ceiling", "latency", "errors"}),
        ((LABEL,), {"CPU", "footprint"}),
    ):
        yield _table(section.rows, (*lead, *(c for c in columns if c.group in groups)))


def _table(rows: Sequence[Row], columns: Sequence[Column]) -> str:
    head = [escape(f"{c.title} ({c.unit})" if c.unit else c.title) for c in columns]
    rule = ["---:" if c.numeric else ":---" for c in columns]
    body = [[escape(c.text(row)) for c in columns] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, rule, *body))


def _notes(rows: Sequence[Row]) -> Iterator[str]:
    if found := notes(rows):
        yield _bullets([f"{escape(who)}: {escape(note)}" for who, note in found])


def _reasons(row: Row) -> str:
    return escape("; ".join((*row.cell.invalid_reasons, *row.cell.notes)) or "no reason was given")


def _facts(facts: Sequence[tuple[str, str]]) -> str:
    return _bullets([f"{name}: {escape(fact)}" for name, fact in facts])


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)

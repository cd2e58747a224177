"""`report.md`: the report as GitHub shows it."""

import re
from collections.abc import Iterator, Sequence

from lab.model import Results
from lab.report import footprint, verdicts
from lab.report.columns import LABEL, TableColumn, identity, invalid_columns, shown
from lab.report.headline import headline
from lab.report.provenance import images, provenance
from lab.report.ranking import sections
from lab.report.rows import ReportRow, Section
from lab.report.words import conditions, how_to_read, notes

_MARKS = re.compile(r"([\\`*_\[\]<>|~#])")


def render(results: Results) -> str:
    """Write headline, tables, reading help, invalid rows and provenance as GitHub Markdown."""
    parts = ["# Measured beside published", *_overview(results)]
    for section in sections(results):
        parts += _section(section)
    parts += ["## Where these figures come from", _facts(provenance(results.run)), *_versions(results)]
    return "\n\n".join(parts) + "\n"


def escape(text: str) -> str:
    """Make text stand for itself in a line or a table cell."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def _overview(results: Results) -> Iterator[str]:
    if counts := verdicts.overview(results):
        head, *body = counts
        yield f"## {verdicts.TITLE}"
        yield _grid([escape(text) for text in head], [":---"] + ["---:"] * (len(head) - 2) + [":---"], body)


def _section(section: Section) -> Iterator[str]:
    yield f"## {escape(section.title)}"
    yield f"**{escape(headline(section))}**"
    yield _facts(conditions(section))
    if section.weighed:
        yield f"### {footprint.TITLE}"
        yield _table(section.weighed, (LABEL, *footprint.footprint_columns(section)))
    if section.rows:
        yield from _tables(section)
    yield from _judged(section)
    if found := notes(section.rows):
        yield "### Notes"
        yield _bullets([f"{escape(who)}: {escape(note)}" for who, note in found])
    yield "### How to read it"
    yield _bullets([escape(point) for point in how_to_read(section)])
    if section.invalid:
        yield "### Not valid, not ranked"
        yield _table(section.invalid, invalid_columns(section))
        yield _bullets([f"**{escape(row.label)}**: {_reasons(row)}" for row in section.invalid])


def _tables(section: Section) -> Iterator[str]:
    """Spread the columns over three tables: GitHub makes a reader scroll what is wider than its page."""
    columns = shown(section)
    for lead, groups in (
        (identity(section), {"result", "ceiling", "verdict"}),
        ((LABEL,), {"ratios", "latency", "errors"}),
        ((LABEL,), {"CPU", "memory"}),
    ):
        yield _table(section.rows, (*lead, *(c for c in columns if c.group in groups)))


def _judged(section: Section) -> Iterator[str]:
    orders = verdicts.order_sentences(section)
    found = verdicts.judged(section)
    if found or orders:
        yield f"### {verdicts.TITLE}"
    for name, reasons in found:
        yield f"**{name}** ({len(reasons)})"
        yield _bullets([f"**{escape(row)}**: {escape(reason)}" for row, reason in reasons])
    if orders:
        yield "\n\n".join(escape(sentence) for sentence in orders)
    for sentence, (head, *body) in verdicts.factor_sentences(section):
        yield escape(sentence)
        yield _grid([escape(text) for text in head], [":---", *["---:"] * (len(head) - 1)], body)


def _versions(results: Results) -> Iterator[str]:
    """Fold the versions away: they are many, and who doubts a figure still needs them."""
    if found := images(results.run):
        rows = [(image.name, image.pins, ", ".join(image.parts)) for image in found]
        yield "<details><summary>Versions inside the images</summary>"
        yield _grid(("image", "pins", "parts"), (":---", ":---", ":---"), rows)
        yield "</details>"


def _table(rows: Sequence[ReportRow], columns: Sequence[TableColumn]) -> str:
    head = [escape(f"{c.title} ({c.unit})" if c.unit else c.title) for c in columns]
    rule = ["---:" if c.numeric else ":---" for c in columns]
    return _grid(head, rule, [[c.text(row) for c in columns] for row in rows])


def _grid(head: Sequence[str], rule: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    lines = [head, rule, *([escape(text) for text in line] for line in body)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _reasons(row: ReportRow) -> str:
    return escape("; ".join(row.reasons))


def _facts(facts: Sequence[tuple[str, str]]) -> str:
    return _bullets([f"{name}: {escape(fact)}" for name, fact in facts])


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)

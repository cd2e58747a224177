"""An audit as text, and as data for programs."""

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from lab.audit.audit import Audit, Audited
from lab.audit.finding import TITLES, Finding
from lab.audit.words import clean_name, count, percent

SCHEMA_VERSION = 1


def lines(found: Audit) -> Iterator[str]:
    """The audit for a reader: each row with its arithmetic, then the tables, then a summary."""
    for note in found.reading.notes:
        yield f"note: {note}"
    for number, (group, rows) in enumerate(groupby(found.rows, key=lambda one: one.row.group)):
        if group:
            yield from ("", group) if number or found.reading.notes else (group,)
        for row in rows:
            yield from _row(row, indent="  " if group else "")
    if found.of_tables:
        yield from ("", "Rows together")
        yield from (f"  {_finding(finding)}" for finding in found.of_tables)
    yield ""
    yield from _summary(found)


def _row(audited: Audited, *, indent: str) -> Iterator[str]:
    row = audited.row
    place = f" ({row.where})" if row.where else ""
    clean_share = audited.share if audited.verdict == "clean" else None
    share = f", {percent(clean_share)} of the connections accounted for" if clean_share is not None else ""
    yield f"{indent}{clean_name(row.name)}{place}: {audited.verdict}{share}"
    yield from (f"{indent}    {_finding(finding)}" for finding in audited.findings)
    yield from (f"{indent}    read: {assumed}" for assumed in row.assumed)


def _finding(finding: Finding) -> str:
    return f"{finding.title}: {finding.text}" if finding.fault else f"{finding.text}"


def _summary(found: Audit) -> Iterator[str]:
    verdicts = Counter(row.verdict for row in found.rows)
    told = ", ".join(f"{rows} {name}" for name, rows in verdicts.most_common())
    yield f"{count(len(found.rows), 'row')} read as {found.reading.format}: {told}"
    causes = Counter(cause for row in found.rows for cause in row.causes)
    for cause, rows in causes.most_common():
        yield f"  {rows:>5}  {TITLES[cause]}"


def data(found: Audit) -> dict[str, Any]:
    """The audit for a program; times in ms, as in the other files of the lab."""
    return {
        "schema_version": SCHEMA_VERSION,
        "format": found.reading.format,
        "notes": list(found.reading.notes),
        "rows": [_row_data(row) for row in found.rows],
        "tables": [_finding_data(finding) | {"rows": list(finding.rows)} for finding in found.of_tables],
    }


def _row_data(audited: Audited) -> dict[str, Any]:
    row = audited.row
    return {
        "group": row.group,
        "row": row.name,
        "where": row.where,
        "verdict": audited.verdict,
        "accounted_share": audited.share,
        "load": {
            "tool": row.tool,
            "model": row.loop,
            "protocol": row.protocol,
            "connections": row.connections,
            "threads": row.threads,
            "duration_s": row.duration_s,
            "offered_requests_per_second": row.offered_rate,
        },
        "requests_per_second": row.rate,
        "latency_ms": {
            "mean": _ms(row.mean_s),
            "stdev": _ms(row.stdev_s),
            **{f"p{f'{rank:g}'.replace('.', '')}": _ms(value) for rank, value in row.percentiles_s},
            "max": _ms(row.max_s),
        },
        "requests": row.total,
        "errors": {kind: getattr(row.errors, kind) for kind in ("connect", "read", "write", "timeout", "status")},
        "success_share": row.success_share,
        "findings": [_finding_data(finding) for finding in audited.findings],
        "assumed": list(row.assumed),
    }


def _finding_data(finding: Finding) -> dict[str, Any]:
    return {"cause": finding.cause, "title": finding.title, "fault": finding.fault, "text": finding.text}


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1e3, 9)

"""Rows → what their figures can and cannot mean, row by row and table by table."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from lab.audit import checks
from lab.audit.checks import table
from lab.audit.checks.account import account
from lab.audit.finding import Cause, Finding
from lab.audit.row import Reading, Row

Verdict = Literal["clean", "doubtful", "not checkable", "average"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """One row with what was found."""

    row: Row
    findings: tuple[Finding, ...]

    @property
    def faults(self) -> tuple[Finding, ...]:
        """What speaks against its figures."""
        return tuple(finding for finding in self.findings if finding.fault)

    @property
    def causes(self) -> frozenset[Cause]:
        """The names of the faults."""
        return frozenset(finding.cause for finding in self.faults)

    @property
    def verdict(self) -> Verdict:
        """`clean` is said only where rate × mean could be checked against the connections."""
        if table.is_summary(self.row):
            return "average"
        if self.faults:
            return "doubtful"
        return "clean" if self.share is not None and not self.row.mean_by_definition else "not checkable"

    @property
    def share(self) -> float | None:
        """Of the connections, what rate × mean accounts for; None where Little's law does not apply."""
        found = account(self.row)
        return found.share if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """All that was found in an input."""

    reading: Reading
    rows: tuple[Audited, ...]
    of_tables: tuple[Finding, ...]
    """Findings about several rows."""

    def count(self, verdict: Verdict) -> int:
        """How many rows have a verdict."""
        return sum(row.verdict == verdict for row in self.rows)


def audit(reading: Reading) -> Audit:
    """Every row, alone and among those of its table."""
    audited: list[Audited] = []
    of_tables: list[Finding] = []
    for _, members in groupby(reading.rows, key=lambda row: row.group):
        rows = tuple(members)
        audited += _rows(rows)
        of_tables += table.of_table(rows)
    return Audit(reading=reading, rows=tuple(audited), of_tables=tuple(of_tables))


def _rows(rows: Sequence[Row]) -> list[Audited]:
    alone = [() if table.is_summary(row) else checks.of_row(row) for row in rows]
    found = table.together(rows, alone)
    return [Audited(row=row, findings=findings) for row, findings in zip(rows, found, strict=True)]

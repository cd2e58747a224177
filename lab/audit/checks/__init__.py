"""What is asked of each row, and of the rows of a table together."""

from collections.abc import Callable, Iterable, Sequence

from lab.audit.checks import failures, latency, little, load, totals
from lab.audit.finding import Finding
from lab.audit.row import Row

OF_A_ROW: Sequence[Callable[[Row], Iterable[Finding]]] = (
    totals.check,
    little.check,
    failures.check,
    latency.check,
    load.check,
)


def of_row(row: Row) -> tuple[Finding, ...]:
    """All findings about one row."""
    return tuple(finding for check in OF_A_ROW for finding in check(row))

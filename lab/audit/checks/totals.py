"""Whether answers, rate and duration of a row can be those of one load, and which of them is wrong if not."""

from collections.abc import Iterator
from dataclasses import replace

from lab.audit.checks import account as accounts
from lab.audit.finding import Finding
from lab.audit.row import Row
from lab.audit.words import number, setting, time

TOTAL_SHARE = 0.05
SHORT_S = 5.0
SHORT_SHARE = 0.15
"""By which total ÷ rate may miss the duration: tools stop within a second, which is much of a short load."""


def check(row: Row) -> Iterator[Finding]:
    """That total, rate and duration disagree; where the latencies tell which of them is wrong, that too."""
    if not (_disagree(row) and row.total and row.rate and row.duration_s):
        return
    text = (
        f"{row.total:,} answers at {number(row.rate)}/s take {time(row.total / row.rate)}, and the load is said to "
        f"have lasted {setting(row.duration_s)}"
    )
    if counted := by_total(row):
        text += (
            f". {row.total:,} ÷ {setting(row.duration_s)} is {number(counted.rate)}/s, and {counted.text}: so it is "
            "the printed rate that is wrong"
        )
    yield Finding(cause="totals", text=text)


def by_total(row: Row) -> accounts.Account | None:
    """Little's law with the rate that total and duration give, where it holds and the printed rate breaks it."""
    printed = accounts.account(row)
    if not (_disagree(row) and printed and row.total and row.duration_s and (printed.is_over or printed.is_short)):
        return None
    counted = accounts.account(replace(row, rate=row.total / row.duration_s))
    return counted if counted and not (counted.is_over or counted.is_short) else None


def _disagree(row: Row) -> bool:
    if row.loop == "open" or not (row.total and row.rate and row.duration_s):
        return False
    good = row.total * (1 - (row.failed_share or 0))
    allowed = SHORT_SHARE if row.duration_s < SHORT_S else TOTAL_SHARE
    return all(abs(answers / row.rate / row.duration_s - 1) > allowed for answers in (row.total, good))

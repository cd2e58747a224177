"""How much of what a row counts is a failure."""

from collections.abc import Iterator

from lab.audit.checks.missing import limit
from lab.audit.finding import Finding
from lab.audit.row import Row
from lab.audit.words import percent, time

FAILED_SHARE = 0.01
"""p99 is about the slowest 1%: with more failures among the answers it is unknown."""
HALF = 0.5
QUICK = 5.0
"""Times that the mean is above the median, where the half that failed was the quick one."""


def check(row: Row) -> Iterator[Finding]:
    """Failures that are counted as answers, requests that broke off, and rows without any answer."""
    failed = row.failed_share
    if row.rate == 0 and not (failed and row.total):
        yield from _nothing(row)
    elif failed is not None and failed >= FAILED_SHARE:
        yield _failed(row, failed)
    if row.total and row.errors.lost >= FAILED_SHARE * row.total:
        share = percent(row.errors.lost / row.total)
        text = f"{row.errors.lost:,} requests broke off, {share} of {row.total:,} answers: their latencies are unknown"
        yield Finding(cause="lost", text=text)


def _nothing(row: Row) -> Iterator[Finding]:
    """A rate of 0, with the connections that explain it."""
    connect, connections = row.errors.connect or 0, row.connections or 0
    if connect and connections:
        there = max(connections - connect, 0)
        said = f"{connect:,} of {connections:,} connections failed, so there were {there:,}"
        yield Finding(cause="connect", text=f"{said}{limit(there, row.threads)}")
    yield Finding(cause="no-answer", text="a rate of 0 is a failure and no speed: nothing can be compared with it")


def rate_counts_failures(row: Row) -> bool:
    """Whether the rate is of all answers; where duration and total tell, they decide."""
    if row.tool == "vegeta":
        return False
    if not (row.rate and row.total and row.duration_s and row.failed_share):
        return row.rate != 0
    good = row.total * (1 - row.failed_share)
    expected = row.rate * row.duration_s
    return abs(row.total / expected - 1) <= abs(good / expected - 1)


def _failed(row: Row, failed: float) -> Finding:
    if failed == 1:
        return Finding(cause="failures", text="every answer is a failure, and the latencies are those of failing")
    answers = f" of {row.total:,} answers" if row.total else " of the answers"
    median_s = row.percentile_s(50.0)
    slow_s = max(row.mean_s or 0.0, (_tail(row) or 0.0) / QUICK)
    if failed > HALF and median_s and slow_s > QUICK * median_s:
        quick = f"the median of {time(median_s)} is most likely that of failing{_beside(row, median_s)}"
    else:
        quick = "failing is mostly quicker than answering"
    counted = "rate and latencies hold them" if rate_counts_failures(row) else "the latencies hold them"
    return Finding(cause="failures", text=f"{percent(failed)}{answers} are failures, and {counted}: {quick}")


def _beside(row: Row, median_s: float) -> str:
    """What the answers took that were slower."""
    if row.mean_s and row.mean_s > QUICK * median_s:
        return f", with a mean of {time(row.mean_s)}"
    tail_s = _tail(row)
    return f", with up to {time(tail_s)} for others" if tail_s else ""


def _tail(row: Row) -> float | None:
    return row.max_s or (row.percentiles_s[-1][1] if row.percentiles_s else None)

"""Whether rate × mean accounts for the connections, and if not, which cause the other figures of the row show."""

from collections.abc import Iterator
from dataclasses import replace

from lab.audit.checks import account as accounts
from lab.audit.checks import totals
from lab.audit.checks.account import Account
from lab.audit.checks.missing import missing
from lab.audit.finding import Finding, note
from lab.audit.row import Row
from lab.audit.words import number, time

MANY = 4.0
"""How many times the connections make several requests on each the likelier reason."""


def check(row: Row) -> Iterator[Finding]:
    """What the law says of one row."""
    if reason := accounts.why_not(row):
        most = accounts.account(replace(row, exempt=None)) if row.at_most else None
        if most and most.is_over:
            yield _too_many(most)
        elif reason != accounts.NOTHING:
            yield note("not-applied", f"Little's law is not applied: {reason}")
        return
    found = accounts.account(row)
    if found is None or totals.by_total(row):  # where its printed rate is wrong, that has been said
        return
    if row.mean_by_definition:
        yield note("by-definition", f"{found.text}, as it must: the mean is computed as connections ÷ rate")
    elif found.is_over:
        yield _too_many(found)
    elif found.is_short:
        yield from missing(found)


def _too_many(found: Account) -> Finding:
    each = f"with one request on each of {found.connections:,} connections"
    closed = f"{each} an answer takes {time(found.turn_s)} on average at that rate"
    if found.row.tool == "wrk" and (found.row.max_s is None or found.row.max_s >= 2 * found.turn_s):
        return Finding(
            cause="wrk-correction",
            text=f"{found.text}, more than there were: wrk adds answers that never were for each slow one before it "
            f"takes its mean (its stats_correct). That leaves the rate alone, but not mean, deviation and percentiles; "
            f"{closed}",
        )
    several = f"each connection had {number(found.share)} requests under way, as with HTTP/2 or pipelining"
    added = "the mean holds answers that never were, as wrk's does where some are slow"
    either = f"{several}, or {added}" if found.share >= MANY else f"{added}, or {several}"
    return Finding(cause="too-many", text=f"{found.text}, more than there were: either {either}; {closed}")

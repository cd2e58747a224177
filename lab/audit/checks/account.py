"""Little's law: in a closed loop of N connections with one request each, rate × mean is N."""

from dataclasses import dataclass

from lab.audit.row import Row
from lab.audit.words import number, percent, time

LEAST, MOST = 0.90, 1.10
"""Of the connections, what rate × mean may account for: connecting, what is unanswered and rounding take some of it."""
NOTHING = "nothing was answered"
SHARED = {
    "h2": "HTTP/2 has many requests under way on a connection",
    "h3": "HTTP/3 has many requests under way on a connection",
    "grpc": "gRPC has many requests under way on a connection",
    "pipelined": "pipelining has several requests under way on a connection",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What rate × mean says of a row, with the ends that rounding in print allows."""

    row: Row
    connections: int
    rate: float
    mean_s: float
    low: float
    high: float

    @property
    def found(self) -> float:
        """Connections that rate × mean accounts for."""
        return self.rate * self.mean_s

    @property
    def share(self) -> float:
        """Of the connections."""
        return self.found / self.connections

    @property
    def missing(self) -> float:
        """Connections that are not accounted for."""
        return max(self.connections - self.found, 0.0)

    @property
    def turn_s(self) -> float:
        """How often a connection gets an answer."""
        return self.connections / self.rate

    @property
    def is_short(self) -> bool:
        """Whether too few are accounted for, however the figures were rounded."""
        return self.high < LEAST * self.connections

    @property
    def is_over(self) -> bool:
        """Whether there are too many."""
        return self.low > MOST * self.connections

    @property
    def text(self) -> str:
        """The arithmetic: `53,322/s × 4.5 ms accounts for 240 of 5,000 connections (5%)`."""
        of = f"{number(self.found)} of {self.connections:,} connections ({percent(self.share)})"
        return f"{number(self.rate)}/s × {time(self.mean_s)} accounts for {of}"


def why_not(row: Row) -> str | None:
    """Why the law cannot be asked of a row; None if it can."""
    if row.exempt:
        return row.exempt
    if row.loop == "open":
        return f"requests were sent at a rate, not by clients that wait for their answers{_served(row)}"
    if row.protocol in SHARED or (row.pipelining or 1) > 1:
        return SHARED[row.protocol if row.protocol in SHARED else "pipelined"] + _at_once(row)
    if row.thinks:
        return f"users of {row.tool or 'this tool'} may pause between requests, and for how long is not printed"
    return _lacking(row)


def _lacking(row: Row) -> str | None:
    """What the arithmetic would need and the row does not give."""
    if row.rate == 0:
        return NOTHING
    if not row.connections:
        return "the number of connections is not given"
    lacks = [name for name, value in (("rate", row.rate), ("mean", row.mean_s)) if value is None]
    return f"the {lacks[0]} is not given" if lacks else None


def account(row: Row) -> Account | None:
    """The arithmetic of a row; None where the law does not apply."""
    if why_not(row) or not row.rate or row.mean_s is None or not row.connections:
        return None
    slack, step = row.rate_step / 2, row.mean_step_s / 2
    return Account(
        row=row,
        connections=row.connections,
        rate=row.rate,
        mean_s=row.mean_s,
        low=(row.rate - slack) * max(row.mean_s - step, 0.0),
        high=(row.rate + slack) * (row.mean_s + step),
    )


def _served(row: Row) -> str:
    if not row.offered_rate or row.rate is None:
        return ""
    return f" ({number(row.rate)}/s answered of {number(row.offered_rate)}/s sent)"


def _at_once(row: Row) -> str:
    if not row.rate or not row.mean_s or not row.connections:
        return ""
    each = row.rate * row.mean_s / row.connections
    return f" (rate × mean comes to {number(each)} on each of {row.connections:,})"

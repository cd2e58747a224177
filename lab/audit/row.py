"""What a published row says, in seconds and per second; None where it is silent."""

from dataclasses import dataclass, field
from typing import Literal

Loop = Literal["closed", "open"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """What went wrong, by kind; None where nothing is said of that kind, which is not the same as 0."""

    connect: int | None = None
    read: int | None = None
    write: int | None = None
    timeout: int | None = None
    status: int | None = None
    """Answers with a wrong status."""

    @property
    def lost(self) -> int:
        """Requests that broke off under way."""
        return (self.read or 0) + (self.write or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One published row: its figures, the load that they were made under, and how they were read."""

    name: str
    group: str = ""
    """What rows that may be compared have in common: a table's heading, a profile."""
    where: str = ""
    """The place in the input: `line 12`."""
    tool: str | None = None
    loop: Loop = "closed"
    """`open` where requests are sent at a rate whatever the answers do."""
    protocol: str | None = None
    """`h2`, `h3`, `grpc`, `ws`; None where nothing is said, which is HTTP/1.1 with most tools."""
    pipelining: int | None = None
    """Requests under way on one connection, where the source says so."""
    thinks: bool = False
    """Whether clients may pause between an answer and their next request."""
    exempt: str | None = None
    """Why Little's law does not hold of this load, where it is a matter of how it was offered."""
    at_most: bool = False
    """Whether the law, where it is not held against a load, still forbids too many requests under way."""
    mean_by_definition: bool = False
    """Whether the tool computes its mean from connections and rate."""

    connections: int | None = None
    threads: int | None = None
    duration_s: float | None = None
    offered_rate: float | None = None
    """Requests per second that were to be sent."""

    rate: float | None = None
    """Answers per second."""
    rate_step: float = 0.0
    """What the last printed digit is worth; likewise of the mean."""
    mean_s: float | None = None
    mean_step_s: float = 0.0
    stdev_s: float | None = None
    min_s: float | None = None
    max_s: float | None = None
    percentiles_s: tuple[tuple[float, float], ...] = ()
    """`(99.9, seconds)`, ascending by the first."""
    total: int | None = None
    """Answers, those with a wrong status included."""
    errors: Errors = field(default_factory=Errors)
    success_share: float | None = None
    reconnects: int | None = None
    cpus: float | None = None
    memory_mb: float | None = None
    ratio: float | None = None
    """A figure that is a multiple of another system's."""
    runs: tuple[float, ...] = ()
    """The rates of the single runs that `rate` is made of."""
    spread: float | None = None
    """Of `rate`, over repeats: what the source prints after ±, or as its deviation."""

    assumed: tuple[str, ...] = ()
    """What the reader took for granted."""
    odd: tuple[str, ...] = ()
    """Figures that cannot be figures, with what they are."""

    @property
    def label(self) -> str:
        """Group and name."""
        return f"{self.group}/{self.name}" if self.group else self.name

    @property
    def lasted_s(self) -> float | None:
        """For how long the load ran: as told, or as total and rate have it."""
        if self.duration_s:
            return self.duration_s
        return self.total / self.rate if self.total and self.rate else None

    @property
    def failed_share(self) -> float | None:
        """Of all answers, those that were failures; None where nothing is said of it."""
        if self.success_share is not None:
            return 1 - self.success_share
        if self.errors.status is None or not self.total:
            return None
        return min(self.errors.status / self.total, 1.0)

    def percentile_s(self, rank: float) -> float | None:
        """One of the percentiles."""
        return dict(self.percentiles_s).get(rank)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a reader found in an input."""

    rows: tuple[Row, ...]
    format: str
    """What the input was taken for: `wrk`, `Markdown table`."""
    notes: tuple[str, ...] = ()
    """Of the input as a whole: what was left out, and why."""

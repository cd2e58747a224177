"""What a load tool says of one round, and what the host did meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorCounts:
    """What went wrong in one sample, by kind, in requests (connect, read, write: in socket events)."""

    connect: int = 0
    read: int = 0
    write: int = 0
    timeout: int = 0
    status: int = 0
    body: int = 0

    @classmethod
    def summed(cls, counts: Sequence[Self]) -> Self:
        """Several counts added up, kind by kind; nothing went wrong where there are none."""
        return cls(
            connect=sum(one.connect for one in counts),
            read=sum(one.read for one in counts),
            write=sum(one.write for one in counts),
            timeout=sum(one.timeout for one in counts),
            status=sum(one.status for one in counts),
            body=sum(one.body for one in counts),
        )

    @property
    def total(self) -> int:
        """All kinds together."""
        return self.connect + self.read + self.write + self.timeout + self.status + self.body


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One request of a burst: from when to when, since the burst began, and who served it."""

    start_s: float
    end_s: float
    worker: str
    """What the answer's X-Worker says: a process, or process/thread; empty if it says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRound:
    """What became of the requests of an open loop that were due in the part that counts."""

    offered: int
    """As many as were due."""
    dropped: int
    """Not sent, as so many were under way already."""
    service: str
    """From when each was sent to its answer, in µs: a histogram like that of the latency."""
    send_lag: str
    """From when each was due to when it was sent: the generator's own, and a part of the latency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """What a load tool says of one round, whichever tool it was."""

    requests: int
    elapsed_s: float
    bytes_read: int
    errors: ErrorCounts
    per_100ms: tuple[int, ...]
    """Answers in each tenth of a second since the load began."""
    ramp_s: float
    """The start of the round, in which clients connect or are added; it does not count for rates and costs."""
    steady_s: float
    """From the end of the ramp to the end of the load."""
    histogram: str
    """Latency in µs: HdrHistogram (1 µs … 1 h, 3 significant digits), V2 compressed, base64. In an open loop it counts
    from when a request was due."""
    spans: tuple[Span, ...] = ()
    """Every request of a burst, by start; empty for other loads."""
    open_loop: OpenRound | None = None
    """Of an open loop only."""

    @property
    def steady_requests(self) -> int:
        """Answers between the end of the ramp and the end of the load; of a burst all of them."""
        return self.requests if self.spans else sum(self.steady_tenths)

    @property
    def steady_tenths(self) -> tuple[int, ...]:
        """Answers in each tenth of a second of that time; fewer tenths where the last answers came before its end."""
        first = round(self.ramp_s * 10)
        return self.per_100ms[first : first + round(self.steady_s * 10)]

    @property
    def requests_per_second(self) -> float:
        """Throughput once all clients are connected."""
        return self.steady_requests / self.steady_s


@dataclass(frozen=True, slots=True, kw_only=True)
class HostCpu:
    """Where the host's CPU time went during one round, in seconds of one core."""

    capacity_s: float
    busy_s: float
    steal_s: float

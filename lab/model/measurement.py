"""What is measured: loads, cells, and what a round of one gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lab.model.deployment import Deployment, Pins


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How requests are offered: a closed loop of `connections`, driven by `tool` with `threads`."""

    connections: int
    threads: int
    duration_s: float
    tool: str = "wrk"
    model: Literal["closed", "open"] = "closed"
    rate: float | None = None
    """Requests per second offered; only of an open loop."""
    published_connections: int | None = None
    """What the source used, where this host allows fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A row as its source printed it; None where the source is silent."""

    requests_per_second: float | None = None
    mean_ms: float | None = None
    max_ms: float | None = None
    total_requests: int | None = None
    timeouts: int | None = None
    memory_mb: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One row of a table: stack × variant × pins × workload × load."""

    table: str
    row: str
    deployment: Deployment
    workload: str
    load: Load
    published: Published | None = None
    note: str = ""

    @property
    def key(self) -> str:
        """Unique within a run and stable between runs: what a sample is filed under."""
        return f"{self.table}/{self.row}/{self.deployment.pins}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """What went wrong in one sample, by kind, in requests (connect, read, write: in socket events)."""

    connect: int = 0
    read: int = 0
    write: int = 0
    timeout: int = 0
    status: int = 0
    body: int = 0

    @property
    def total(self) -> int:
        """All kinds together."""
        return self.connect + self.read + self.write + self.timeout + self.status + self.body


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """What a load tool says of one round, whichever tool it was."""

    requests: int
    elapsed_s: float
    bytes_read: int
    errors: Errors
    per_100ms: tuple[int, ...]
    """Answers in each tenth of a second since the load began."""
    ramp_s: float
    """The start of the round, in which clients connect; it does not count for rates and costs."""
    steady_s: float
    """From the end of the ramp to the end of the load."""
    histogram: str
    """Latency in µs: HdrHistogram (1 µs … 1 h, 3 significant digits), V2 compressed, base64."""

    @property
    def steady_requests(self) -> int:
        """Answers between the end of the ramp and the end of the load."""
        first = round(self.ramp_s * 10)
        return sum(self.per_100ms[first : first + round(self.steady_s * 10)])

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One measured round of one cell, as it is journalled."""

    cell: str
    round: int
    started_at: str
    result: LoadResult
    cpu_s: Mapping[str, float]
    """Service → CPU seconds used during the round."""
    steady_cpu_s: Mapping[str, float]
    """Service → CPU seconds used between the end of the ramp and the end of the load."""
    load_cpu_s: float
    memory_mib: Mapping[str, float]
    """Service → highest working set seen during the round."""
    host: HostCpu


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a table in `experiments/`: what to deploy, what to offer, and what its source printed."""

    id: str
    stack: str
    variant: str
    settings: tuple[tuple[str, str], ...]
    workload: str
    load: Load
    published: Published | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A published table held as data: a file of `experiments/`, named by its stem."""

    name: str
    title: str
    source: str
    pins: Pins
    published_duration_s: float
    """How long the source offered each load; `--as-published` does the same."""
    rows: tuple[Row, ...]

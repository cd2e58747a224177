"""What is measured: tables with their rows, and the cells that a run makes of them."""

from dataclasses import dataclass
from typing import Literal

from lab.model.deployment import Deployment, Pins
from lab.model.host import Placement
from lab.model.load import Load


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A row as its source printed it; None where the source is silent."""

    requests_per_second: float | None = None
    mean_ms: float | None = None
    max_ms: float | None = None
    total_requests: int | None = None
    timeouts: int | None = None
    memory_mb: float | None = None
    wall_ms: float | None = None
    """Of a burst: until the last request has its answer."""
    error_rate: float | None = None
    """Of the requests, the share that failed."""
    offered_requests_per_second: float | None = None
    """What was sent, where that was not left to the answers."""
    requests_per_second_spread: float | None = None
    """Over repeats: what stands behind a ±."""
    stdev_ms: float | None = None
    p50_ms: float | None = None
    p75_ms: float | None = None
    p90_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    p999_ms: float | None = None
    connect_errors: int | None = None
    read_errors: int | None = None
    write_errors: int | None = None
    wrong_statuses: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """How a row was made by those who published it, whatever a run was told to do."""

    connections: int
    workload: str
    duration_s: float = 0.0
    """Of each load; 0 where it is not known, and of bursts."""
    cores: int | None = None
    """Of the machine that served; None where the source does not say."""
    load_beside: bool | None = None
    """Whether the load ran on the same cores; None where the source does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One row of a table: stack × variant × pins × workload × load, and all that its result is made from.

    The facts are those of the day on which the run was planned: what becomes of the stack's file, the contract or the
    table afterwards does not change what an old run says.
    """

    table: str
    row: str
    deployment: Deployment
    title: str
    """Of the stack, for people: its tiers from the client inwards."""
    workload: str
    method: str
    path: str
    """Method and path of the workload's first request."""
    load: Load
    delay_s: float = 0.0
    """How long the handler sleeps."""
    slots: int | None = None
    """Requests in service at once; None if only the connections limit them, or if nobody has said."""
    slots_unknown: bool = False
    """Whether nobody has said: a project of somebody's own, in whose `lab.yaml` they are not."""
    delay_unknown: bool = False
    """Whether nobody has said how long it waits: a handler of somebody's own project."""
    at_once: int | None = None
    """How many of them work at once, by a lock of the lab's own workload; what a source had is not known."""
    accepted: bool = False
    """Whether an answer says that the work is kept for later, and not that it is done."""
    processes: int | None = None
    """Cores that the application can use at most; None if as many as there are."""
    source: Source | None = None
    """None where nobody published it."""
    published: Published | None = None
    note: str = ""
    from_nothing: bool = False
    """Whether each round brings the stack up from nothing, to time its start and weigh it at rest."""
    floor: str | None = None
    """The row of the same table whose measured figure stands for the speed of this machine."""
    reference: str | None = None
    """The row of the same table with which this one is measured side by side; the cheapest where none is named."""
    warmup_s: float | None = None
    """So long it may be warmed up at most, where its stack or the command line says so; else as the run has it."""
    own_rounds: int | None = None
    """How many it has, where its table says so; else as many as the run."""

    @property
    def key(self) -> str:
        """Unique within a run and stable between runs: what a sample is filed under."""
        return f"{self.table}/{self.row}/{self.deployment.pins}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One row of a table in `experiments/`: what to deploy, what to offer, and what its source printed."""

    id: str
    stack: str
    variant: str
    settings: tuple[tuple[str, str], ...]
    workload: str
    load: Load
    published: Published | None
    note: str
    footprint: bool = False
    """As the row says, or else its table; likewise floor and reference."""
    floor: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """Who published a table, as far as it is known."""

    author: str | None = None
    title: str | None = None
    site: str | None = None
    date: str | None = None
    """A year, a month or a day: `2026`, `2026-05`, `2026-05-17`."""
    file: str | None = None
    """The name of the copy from which the figures were taken."""
    setting: str | None = None
    """How the figures were made, where and with what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A published table held as data: a file of `experiments/`, named by its stem."""

    name: str
    title: str
    source: Citation
    pins: Pins
    published_duration_s: float
    """How long the source offered each load; `--as-published` does the same. 0 where it does not say."""
    published_ramp_s: float = 0.0
    """For how long the source added clients, likewise."""
    rows: tuple[TableRow, ...]
    origin: Literal["published", "lab"] = "published"
    """Whose table it is; `--all` means the published ones."""
    placement: Placement | None = None
    """Where stack and load sit, if the table asks for it."""
    footprint: bool = False
    floor: str | None = None
    """The row whose measured figure stands for the speed of this machine."""
    source_cores: int | None = None
    """Of the machine on which the source served; None where it does not say."""
    source_load_beside: bool | None = None
    """Whether the source's load ran on the same cores."""
    rounds: int | None = None
    """Of each row, where that is not what the command line says."""
    kept: tuple[str, ...] = ()
    """Ids of the rows whose stack the lab does not have: they can be audited and are not run."""

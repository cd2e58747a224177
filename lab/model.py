"""The records that pass between the stages: catalog → budget → compose → measure → store → report.

All are frozen, hold plain data and know nothing of Docker, YAML or the terminal. Names carry units:
``_s`` seconds, ``_ms`` milliseconds, ``_us`` microseconds, ``_mib`` mebibytes; rates are per second.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import JsonValue

SCHEMA_VERSION = 1

Pins = Literal["seed", "current"]
Placement = Literal["isolated", "colocated"]


# ---- what can be deployed -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """One request and the answer it must get; from `stacks/openapi.yaml`, named by its operationId."""

    name: str
    method: str
    path: str
    status: int
    content_type: str
    body: JsonValue
    """What the answer must say: text, or a value that its JSON must equal. None: any body."""
    delay_setting: str | None = None
    """The environment setting that holds the handler's sleep in seconds, if it sleeps."""
    delay_s: float = 0.0
    """The sleep when nothing sets it."""
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Where requests enter a stack: a service and its port inside the network."""

    service: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """One deployable system: a Compose file and what its `x-lab` says of it."""

    name: str
    title: str
    path: Path
    entry: Entry
    tiers: Mapping[str, str]
    """Service → what it is, from the client inwards."""
    workloads: tuple[str, ...]
    memory: Mapping[str, int]
    """Service → its share of the budget's memory."""
    variants: Mapping[str, Mapping[str, str]]
    """Variant → environment; the first is the default."""
    slots: Mapping[str, tuple[str, ...]]
    """Variant → factors (numbers or names of settings) whose product is the requests in service at once."""
    processes: Mapping[str, tuple[str, ...]]
    """Variant → factors whose product is the number of cores that the application can use."""
    settings: frozenset[str]
    """Every environment name that the Compose file reads."""
    networks: tuple[str, ...] = ()
    """The networks that the Compose file declares, beside `default`."""

    @property
    def default_variant(self) -> str:
        """The variant that is meant when none is named: the first of the file."""
        return next(iter(self.variants))


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One way to bring a stack up: what the containers get to see. Cells that agree on it share it."""

    stack: str
    variant: str
    pins: Pins
    settings: tuple[tuple[str, str], ...] = ()
    """`--set K=V` pairs, sorted, on top of those of the variant."""

    @property
    def name(self) -> str:
        """`stack@variant`, or `stack@variant+K=V`, for people."""
        extra = "".join(f"+{key}={value}" for key, value in self.settings)
        return f"{self.stack}@{self.variant}{extra}"

    @property
    def slug(self) -> str:
        """The same for file and container names."""
        raw = "-".join([self.stack, self.variant, self.pins, *(f"{k}-{v}" for k, v in self.settings)])
        return "".join(c if c.isalnum() else "-" for c in raw.lower()).strip("-")


# ---- what is measured -----------------------------------------------------------------------------------


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
    histogram: str
    """Latency in µs: HdrHistogram (1 µs … 1 h, 3 significant digits), V2 compressed, base64."""


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


# ---- the machine and its share --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What this host is, as far as it bears on a measurement."""

    cpu_model: str
    cores: tuple[tuple[int, ...], ...]
    """Usable logical CPUs, one tuple per physical core (hyper-thread siblings together)."""
    memory_mib: int
    kernel: str
    os: str
    architecture: str
    cgroup_version: int
    nofile_hard: int
    virtualisation: str

    @property
    def cpus(self) -> tuple[int, ...]:
        """All usable logical CPUs in order."""
        return tuple(sorted(cpu for core in self.cores for cpu in core))


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The cores and memory that a stack may use, and where the load sits."""

    wished_cpus: int
    wished_memory_mib: int
    placement: Placement
    stack_cpus: tuple[int, ...]
    load_cpus: tuple[int, ...]
    memory_mib: int
    label: str
    """Stands in every table, file and chart: `4 cores, 4 GiB, isolated` or `1 of 4 cores, …`."""

    @property
    def scaled(self) -> bool:
        """Whether the host could not give what was wished."""
        return len(self.stack_cpus) < self.wished_cpus or self.memory_mib < self.wished_memory_mib


# ---- what a run says ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value with its 95% interval over rounds; low and high are None where there is only one round."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Percentiles of the merged histogram of all rounds, in ms."""

    mean: float
    p50: float
    p90: float
    p99: float
    p999: float
    max: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The ceiling of a cell: the lowest of its limits, and which one it is."""

    name: Literal["connections", "slots", "cores"]
    requests_per_second: float
    formula: str
    """The limit in figures: `40 slots / (0.1 s + 0.00021 s)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellResult:
    """One row of `results.json`."""

    table: str
    row: str
    stack: str
    variant: str
    pins: Pins
    settings: Mapping[str, str]
    workload: str
    load: Load
    rounds: int
    requests_per_second: Estimate | None
    latency_ms: Latency | None
    requests: int
    errors: Errors
    cpu_us_per_request: Mapping[str, float]
    """`total`, then each tier."""
    cpu_cores: Mapping[str, float]
    """Mean number of cores in use during the rounds: `total`, each tier, and `load`."""
    memory_peak_mib: Mapping[str, float]
    startup_s: float | None
    image_mib: float | None
    published: Published | None
    bound: Bound | None
    verdict: str | None
    valid: bool
    invalid_reasons: tuple[str, ...]
    notes: tuple[str, ...]
    """What a careful reader should know although the cell is valid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentFacts:
    """What was found out of one deployment while it was brought up for a run."""

    deployment: Deployment
    startup_s: float | None
    """From the call of `docker compose up` to the first correct answer."""
    image_mib: float | None
    """Sum of the sizes of the stack's distinct images."""
    images: Mapping[str, str]
    """Service → image id."""
    versions: Mapping[str, str]
    """Part → version as the part itself reports it inside the container."""
    failure: str | None = None
    """Why it could not be brought up, if so; its cells are then invalid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Everything needed to repeat a run and to doubt it: `run.json`."""

    id: str
    started_at: str
    command: str
    lab_version: str
    git_revision: str | None
    git_dirty: bool | None
    host: Machine
    budget: Budget
    engine: Mapping[str, str]
    rounds: int
    warmup_s: float
    cells: tuple[Cell, ...]
    deployments: tuple[DeploymentFacts, ...] = ()
    failures: Mapping[str, str] = field(default_factory=dict)
    """Cell → why one of its rounds could not be measured."""
    restarts: Mapping[str, int] = field(default_factory=dict)
    """Cell → after how many rounds its stack had to be restarted to come to rest."""
    finished_at: str | None = None
    phases_s: Mapping[str, float] = field(default_factory=dict)
    """Seconds of wall clock by phase: build, start, load, settle, stop, report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """`results.json`: the run and its cells, in the order of the tables."""

    schema_version: int
    run: Run
    cells: tuple[CellResult, ...]

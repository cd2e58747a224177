"""What a run says: its cells with their intervals, bounds and validity."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lab.model.deployment import Deployment, Pins
from lab.model.host import Budget, Machine
from lab.model.measurement import Cell, Errors, Load, Published

SCHEMA_VERSION = 1


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
    """Seconds of wall clock by phase (build, start, load, settle, stop) and in `total`, up to the report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """`results.json`: the run and its cells, in the order of the tables."""

    schema_version: int
    run: Run
    cells: tuple[CellResult, ...]

"""What a run is: where, when and how it was made, and what it was made of; `run.json`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lab.model.accounting import SpeedRange
from lab.model.deployment import Deployment
from lab.model.host import Budget, Machine
from lab.model.measurement import Cell, Citation

SCHEMA_VERSION = 4
"""Of `run.json`, `samples.jsonl` and `results.json`. 1: without verdicts, bursts and footprints; 2: cells without what
bounds them, which was read from the catalogue of the day; 3: samples without the core speed, without what each tier
used, and without hashes. A run of another version is refused."""


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
    unique_mib: float | None = None
    """Of the images, the layers that no other image of the compared rows has; only with a footprint."""
    config_lines: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    """What the lab decided of the names that its Compose file reads; of a secret the digest."""
    failure: str | None = None
    """Why it could not be brought up, if so; its cells are then invalid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warmup:
    """What was left out of all that counts while a row's stack warmed up."""

    times: int = 0
    """It is warmed anew after each restart."""
    seconds: int = 0
    """Of load, all times together."""
    unsettled: int = 0
    """So many times it had not settled when the time was up."""


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
    """So long a stack may be warmed up at most, unless it says so itself."""
    cells: tuple[Cell, ...]
    deployments: tuple[DeploymentFacts, ...] = ()
    failures: Mapping[str, str] = field(default_factory=dict)
    """Cell → why one of its rounds could not be measured."""
    restarts: Mapping[str, int] = field(default_factory=dict)
    """Cell → after how many rounds its stack had to be restarted to come to rest."""
    warmups: Mapping[str, Warmup] = field(default_factory=dict)
    """Cell → its warm-ups, as far as they were its own: rows of one deployment and workload share them."""
    finished_at: str | None = None
    phases_s: Mapping[str, float] = field(default_factory=dict)
    """Seconds of wall clock by phase (build, start, load, settle, stop) and in `total`, up to the report."""
    budgets: Mapping[str, Budget] = field(default_factory=dict)
    """Table → its budget, where the table itself says where stack and load sit."""
    unsteady: tuple[str, ...] = ()
    """What let the clock of the host's cores change while it measured: a battery, frequency scaling."""
    resumed_anyway: tuple[str, ...] = ()
    """What had changed when it was resumed all the same; then its samples do not belong together."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """The user's variables that Docker's command got: the way to the engine, proxies, certificates."""
    until: float | None = None
    """The difference of two stacks, as a share, that is to be decided; None where nothing is."""
    within_s: float = 0.0
    """For how long at most, side by side."""
    tools: Mapping[str, str] = field(default_factory=dict)
    """What the lab itself works with → its version: libraries, git. What images hold is in `deployments`."""
    duet_s: float = 0.0
    """For how long each row is measured side by side with its reference; 0 where none is."""
    duet_idle: bool = False
    """Whether each pair is played for as long again at a low rate, which both serve idly."""
    duet_rate: float | None = None
    """Requests a second to each of the two, where somebody chose it; None where the rounds set it."""
    unplayed: Mapping[str, str] = field(default_factory=dict)
    """Cell → why a turn of its duet could not be had, the last time that it was tried."""
    core_speed: SpeedRange | None = None
    """Of all readings in what was measured so far; None where the system cannot pin what would time it."""
    generator_ceiling: float | None = None
    """Requests a second that pace could offer here; None where no row has an open loop."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """Table → its title, for headings."""
    citations: Mapping[str, Citation] = field(default_factory=dict)
    """Table → who published it."""

    def warmup_of(self, cell: Cell) -> float:
        """For how many seconds at most a cell's stack is warmed up; 0 for not at all."""
        return self.warmup_s if cell.warmup_s is None else cell.warmup_s

    def rounds_of(self, cell: Cell) -> int:
        """How many rounds a cell has."""
        return cell.own_rounds or self.rounds

    def budget_of(self, table: str) -> Budget:
        """The budget of a table's cells."""
        return self.budgets.get(table, self.budget)

"""What a break is kept as: a plan, what users saw in each second, and whether each promise held."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lab.model import Budget, Machine

SCHEMA_VERSION = 1
"""Of `break.json`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakPlan:
    """What is offered, and when it happens: seconds since the load began."""

    at_s: float
    for_s: float
    rate: float
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What became of the requests that were due in a stretch of time."""

    name: str
    begin_s: float
    end_s: float
    offered: int
    right: int
    p50_ms: float | None
    """Of right answers, from when their requests were due; None without one."""
    p99_ms: float | None
    failures: Mapping[str, int] = field(default_factory=dict)
    """Kind → how many."""

    @property
    def right_per_second(self) -> float:
        """Right answers in a second of it."""
        return self.right / (self.end_s - self.begin_s) if self.end_s > self.begin_s else 0.0

    @property
    def failed(self) -> int:
        """All that was not right."""
        return sum(self.failures.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Something that must hold, whatever happens."""

    name: str
    kept: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """One fault of one stack."""

    target: str
    fault: str
    """As it is typed: `killed:postgres`."""
    words: str
    plan: BreakPlan
    injected_s: float
    undone_s: float
    """When the fault was undone, with all that took."""
    happened: int
    """How often the fault was done."""
    evidence: str
    phases: tuple[Stretch, ...]
    """Before, during and after."""
    seconds: tuple[Stretch, ...]
    recovery_s: float | None
    """From when the fault was undone until all was right again; None if it was not while that was watched."""
    sent_again: int
    acknowledged: int
    """Orders."""
    promises: tuple[Promise, ...]
    by_itself: str = ""
    """Of what requests fail that belongs to doing the fault; empty where nothing does but what it is called."""
    images: Mapping[str, str] = field(default_factory=dict)
    """Service → id of the image that it ran from."""

    @property
    def broken(self) -> list[str]:
        """The promises that were not kept."""
        return [promise.name for promise in self.promises if not promise.kept]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedBreak:
    """What a run is to do once: as it is typed, and its plan."""

    target: str
    fault: str
    plan: BreakPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakRun:
    """Several of them, with what is needed to do them again."""

    id: str
    started_at: str
    command: str
    lab_version: str
    git_revision: str | None
    git_dirty: bool | None
    host: Machine
    engine: Mapping[str, str]
    tools: Mapping[str, str]
    """Versions of what the lab itself is made of."""
    budget: Budget
    planned: tuple[PlannedBreak, ...] = ()
    breaks: tuple[Break, ...] = ()
    failures: Mapping[str, str] = field(default_factory=dict)
    """Target and fault → why it could not be done."""
    finished_at: str | None = None
    """When it came to its end, with all that could not be done; None before, and where a lab wrote it that did not say.
    """

    @property
    def finished(self) -> bool:
        """Whether it came to its end."""
        return self.finished_at is not None or not self.left

    @property
    def left(self) -> tuple[PlannedBreak, ...]:
        """What is planned and not done, also where it was tried in vain."""
        done = {(made.target, made.fault) for made in self.breaks}
        return tuple(one for one in self.planned if (one.target, one.fault) not in done)

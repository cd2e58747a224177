"""What `lab why` sees of a stack while it is asked at a fixed rate: looks at each tier, and what became of the load.

What cannot be seen on a host is None, never 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from lab.model.result import Latency
from lab.model.round import ErrorCounts

GIVEN_UP = (HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT)
"""What a proxy answers that has waited for too long. Another failure is the application's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thread of a tier at one moment."""

    pid: int
    tid: int
    state: str
    """As in proc(5): R runs or could run, S and D wait."""
    call: str | None
    """The system call that it waits in; None for one that runs, and where the host does not tell."""
    peer: str = ""
    """The tier at the other end of the socket that it waits on."""
    cpu_s: float = 0.0
    waited_s: float = 0.0
    """In which it could have run, and something else did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """TCP connections from one tier to another."""

    open: int = 0
    time_wait: int = 0
    """Closed by this side, whose ports they keep for a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sockets:
    """The TCP sockets of a tier at one moment."""

    listening: int
    to_accept: int
    """Connections in accept queues."""
    accepted: int
    """Connections that a process has taken; kept ones rest among them."""
    unread: int
    """Of these, those whose request has arrived and was not read yet."""
    hung_up: int
    """Connections that the other side has closed, and that this one still has."""
    towards: Mapping[str, Link] = field(default_factory=dict)
    """Tier → what this one has open there."""

    @property
    def in_hand(self) -> int:
        """Requests that were read and are not answered; kept connections that rest count, too."""
        return self.accepted - self.unread

    @property
    def queue(self) -> int:
        """Requests at the door: nobody has read them."""
        return self.to_accept + self.unread


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Of the process that is nearest to its limit: files and sockets that are open."""

    pid: int
    open: int
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TierLook:
    """One tier at one moment."""

    running: bool
    tasks: tuple[Task, ...] | None = None
    sockets: Sockets | None = None
    counters: Mapping[str, int] = field(default_factory=dict)
    """Of the tier's network, since it began: the kernel's own names."""
    files: Files | None = None
    cpu_s: float | None = None
    throttled_s: float | None = None
    memory_mib: float | None = None
    limit_mib: float | None = None
    killed_for_memory: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """All tiers at one moment."""

    at_s: float
    """Since the load began; below 0 before."""
    tiers: Mapping[str, TierLook]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongAnswers:
    """The answers of one wrong status."""

    count: int
    first_s: float
    """When the first came, since the load began."""
    fastest_ms: float
    slowest_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What became of the load, tenth of a second by tenth."""

    rate: float
    duration_s: float
    offered: int
    answered: int
    """Rightly."""
    dropped: int
    errors: ErrorCounts
    refusals: Mapping[int, WrongAnswers]
    """By status."""
    under_way: tuple[int, ...]
    """Requests that were sent and neither answered nor given up, at the end of each tenth, until the load was over."""
    answers: tuple[int, ...]
    """Right and wrong ones, in each tenth until the load was over."""
    failed_first_s: float | None
    """When the first request failed or was dropped."""
    latency: Latency | None
    """In ms, from when a request was due."""
    lag_p50_ms: float
    """Half of the requests were sent later than this after they were due."""
    generator_share: float
    """Of its threads' time, in which the generator ran."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What a tier is made of, as far as it shows from outside."""

    parts: frozenset[str] = frozenset()
    """`asyncio`, `gevent`, `go` … """
    ports: int = 28_232
    """From which it may open connections to one address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A line that a tier wrote to its log while it was under load, and that names a limit."""

    about: str
    """What it tells: `nginx-connections`, `worker-timeout` … """
    line: str
    """The first of its kind."""
    count: int
    first_s: float
    """When the first was written, since the load began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that was seen of a stack under one load."""

    tiers: tuple[str, ...]
    """From the client inwards."""
    cores: int
    """That the tiers share."""
    alone_s: float
    """How long a request took that had the stack to itself: the mean over the workload's mix."""
    slowest_alone_s: float = 0.0
    """The same of the slowest request in the mix; 0 where it was not told apart."""
    course: Course
    at_rest: Look
    looks: tuple[Look, ...]
    traits: Mapping[str, Traits]
    said: Mapping[str, tuple[Said, ...]] = field(default_factory=dict)
    """Tier → what it wrote to its log of limits."""
    blind: tuple[str, ...] = ()
    """What this host or user does not show, in words."""

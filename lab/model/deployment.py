"""What can be deployed: stacks, and one way of bringing one up."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import JsonValue

Pins = Literal["seed", "current"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One path of a workload, and what the body of its answer must be; where all is None, anything."""

    path: str
    body: JsonValue = None
    """Text, or a value that the answer's JSON must equal."""
    size_bytes: int | None = None
    """Of a file too large to write down: its length ..."""
    sha256: str | None = None
    """... and its checksum in hex."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What is asked, and the answers it must get; from an operation of `stacks/openapi.yaml`."""

    name: str
    method: str
    requests: tuple[Request, ...]
    """Asked in turn; most workloads have one."""
    status: int
    content_type: str
    headers: tuple[tuple[str, str], ...] = ()
    """Sent with every request."""
    delay_setting: str | None = None
    """The environment setting that holds the handler's sleep in seconds, if it sleeps."""
    delay_s: float = 0.0
    """The sleep when nothing sets it."""
    summary: str = ""

    @property
    def path(self) -> str:
        """The path of the first request."""
        return self.requests[0].path


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

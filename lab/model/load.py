"""How requests are offered: a record for each kind of load. What a kind does stands in its module of `lab/load/`.

Every kind says how many connections it has at the same time, and what its source had where this host allows fewer.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

Arrivals = Literal["constant", "poisson"]
"""Evenly spaced, or as independent users come."""
UNDER_WAY = 1024
"""Requests at once to a stack that is asked at a fixed rate, at most: what would exceed it is dropped, and counted."""
MOST_PER_SECOND = 1_000_000
"""Of an open loop: more than any load container sends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A closed loop: all connections are there at once, and each asks again when it has its answer."""

    kind: Literal["closed"] = "closed"
    tool: Literal["wrk"] = "wrk"
    model: Literal["closed"] = "closed"
    connections: int
    threads: int
    duration_s: float
    published_connections: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ramp:
    """A closed loop whose connections are added evenly over `ramp_s`; what counts is `duration_s` after that."""

    kind: Literal["ramp"] = "ramp"
    tool: Literal["wrk"] = "wrk"
    model: Literal["closed"] = "closed"
    connections: int
    ramp_s: float
    duration_s: float
    published_connections: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """Users who come evenly over `ramp_s` and make whole visits, pausing `think_s` after an answer on average."""

    kind: Literal["visits"] = "visits"
    tool: Literal["locust"] = "locust"
    model: Literal["closed"] = "closed"
    connections: int
    ramp_s: float
    duration_s: float
    """After the last one has come; it is what counts."""
    think_s: float
    processes: int
    published_connections: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """A number of requests at the same moment, each on a connection of its own; over when all have their answers."""

    kind: Literal["burst"] = "burst"
    tool: Literal["burst"] = "burst"
    model: Literal["burst"] = "burst"
    connections: int
    published_connections: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """An open loop: `rate` requests a second go out when they are due, whether or not those before were answered."""

    kind: Literal["open"] = "open"
    tool: Literal["pace"] = "pace"
    model: Literal["open"] = "open"
    rate: float
    arrivals: Arrivals = "constant"
    connections: int = UNDER_WAY
    """Requests under way at once, at most."""
    duration_s: float
    published_connections: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scripted:
    """A closed loop that a script of somebody's own makes, run by its own tool. The lab checks no answer of it."""

    kind: Literal["scripted"] = "scripted"
    tool: Literal["wrk", "locust"]
    model: Literal["closed"] = "closed"
    connections: int
    """Of Locust: users."""
    threads: int
    """Of Locust: processes."""
    duration_s: float
    script: str
    """The file, from the project's folder."""
    sha256: str
    """Of the file, in hex: a run with another script is another run."""
    published_connections: int | None = None


Load = Annotated[Closed | Ramp | Visits | Burst | Open | Scripted, Field(discriminator="kind")]

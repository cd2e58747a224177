"""The keys of a file of `experiments/`, as models that refuse what they do not know."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from lab.catalog.stackfile import Text
from lab.catalog.yamlfile import Strict
from lab.model import MOST_PER_SECOND, Arrivals, Burst, Closed, Load, Open, Pins, Placement, Ramp


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A word of a table file for a kind of load: what it must be told, and the record that this makes."""

    keys: tuple[str, ...]
    load: Callable[..., Load]
    timed: bool = True
    """Whether `--as-published` may offer it for as long as its source did."""
    tls: bool = True
    """Whether it can ask a stack that speaks https."""


TOOLS: Mapping[str, Tool] = {
    "wrk": Tool(keys=("threads", "connections", "duration_s"), load=Closed),
    "single": Tool(keys=("duration_s",), load=partial(Closed, connections=1, threads=1)),
    "burst": Tool(keys=("concurrent",), load=lambda concurrent: Burst(connections=concurrent), timed=False),
    "ramp": Tool(keys=("connections", "ramp_s", "duration_s"), load=Ramp, timed=False),
    "pace": Tool(keys=("rate", "arrivals", "duration_s"), load=Open, tls=False),
}

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]


class LoadFile(Strict):
    """A load, whole or in part: what a row leaves out stands in the table."""

    tool: Literal["wrk", "burst", "single", "ramp", "pace"] | None = None
    threads: int | None = Field(default=None, gt=0)
    connections: int | None = Field(default=None, gt=0)
    concurrent: int | None = Field(default=None, gt=0)
    """Of a burst: requests at once."""
    ramp_s: int | None = Field(default=None, gt=0)
    """For how long clients are added, evenly; `duration_s` comes after it."""
    rate: float | None = Field(default=None, gt=0, le=MOST_PER_SECOND)
    """Of an open loop: requests per second."""
    arrivals: Arrivals | None = None
    duration_s: float | None = Field(default=None, gt=0)


class PublishedFile(Strict):
    """The figures of a row as printed; the units are in the names."""

    total_requests: int | None = Field(default=None, ge=0)
    requests_per_second: float | None = Field(default=None, ge=0)
    """0 where nothing was answered: a failure, with which nothing is compared."""
    mean_ms: float | None = Field(default=None, gt=0)
    max_ms: float | None = Field(default=None, gt=0)
    timeouts: int | None = Field(default=None, ge=0)
    memory_mb: float | None = Field(default=None, gt=0)
    wall_ms: float | None = Field(default=None, gt=0)
    error_rate: float | None = Field(default=None, ge=0, le=1)
    offered_requests_per_second: float | None = Field(default=None, gt=0)
    requests_per_second_spread: float | None = Field(default=None, ge=0)
    stdev_ms: float | None = Field(default=None, ge=0)
    p50_ms: float | None = Field(default=None, ge=0)
    p75_ms: float | None = Field(default=None, ge=0)
    p90_ms: float | None = Field(default=None, ge=0)
    p95_ms: float | None = Field(default=None, ge=0)
    p99_ms: float | None = Field(default=None, ge=0)
    p999_ms: float | None = Field(default=None, ge=0)
    connect_errors: int | None = Field(default=None, ge=0)
    read_errors: int | None = Field(default=None, ge=0)
    write_errors: int | None = Field(default=None, ge=0)
    wrong_statuses: int | None = Field(default=None, ge=0)


class RowFile(Strict):
    """One row: an id, `stack` or `stack@variant`, and what differs from the table."""

    id: Id
    stack: str
    workload: str | None = None
    settings: dict[str, Text] = Field(default={})
    load: LoadFile = LoadFile()
    published: PublishedFile | None = None
    same_as: str | None = Field(default=None, pattern=r"^[a-z0-9-]+/[a-z0-9-]+$")
    """`table/row` whose published figures are meant: figures stand in one file only."""
    footprint: bool | None = None
    floor: Id | None = None
    reference: Id | None = None
    note: str = ""


class KeptFile(Strict):
    """A row of something that the lab does not have: its figures are kept, can be audited, and are not run."""

    id: Id
    name: str = ""
    """As the source calls it, where an id cannot hold that."""
    tool: str | None = None
    """Any load tool, not only one of the lab's."""
    protocol: str | None = None
    connections: int | None = Field(default=None, gt=0)
    threads: int | None = Field(default=None, gt=0)
    duration_s: float | None = Field(default=None, gt=0)
    published: PublishedFile
    note: str = ""


class CitationFile(Strict):
    """Who published a table: as much as is known, and something must be."""

    author: str | None = None
    title: str | None = None
    site: str | None = None
    date: str | None = Field(default=None, pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")
    file: str | None = None
    setting: str | None = None

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not any((self.author, self.title, self.site, self.file)):
            message = "must have an author, a title, a site or a file"
            raise ValueError(message)
        return self


class MachineFile(Strict):
    """What the source says of the machine that served, where it says it."""

    cores: int = Field(gt=0)
    load: Literal["same", "other"]
    """Where its load ran: on the same cores, or on others."""


class HeadFile(Strict):
    """A file of `experiments/` without its rows."""

    title: str
    source: CitationFile
    origin: Literal["published", "lab"] = "published"
    pins: Pins = "seed"
    workload: str
    load: LoadFile = LoadFile()
    published_duration_s: float | None = Field(default=None, gt=0)
    published_ramp_s: int | None = Field(default=None, gt=0)
    machine: MachineFile | None = None
    placement: Placement | None = None
    footprint: bool = False
    floor: Id | None = None
    reference: Id | None = None
    """The row with which the others are measured side by side; without it the cheapest."""
    rounds: int | None = Field(default=None, ge=3)
    """Of each row; two give an interval that says next to nothing."""
    kept: list[KeptFile] = Field(default=[])


class TableFile(HeadFile):
    """A file of `experiments/`."""

    rows: Annotated[list[RowFile], BeforeValidator(lambda rows: rows or [])]

"""How load is offered: one module for each kind of load in `lab/model/load.py`.

A kind turns a load into an argument list and the output into figures, and knows what is peculiar to it: its limits,
its notes and its words. Nothing here runs anything: `measure/` executes the argument list in the load container.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, Literal, Protocol

from lab.figures.bounds import LimitFacts
from lab.load import burst, closed, ramp, scripted, visits
from lab.load import open as open_loop
from lab.load.protocol import Command
from lab.model import HostCpu, Latency, Load, LoadResult, Sample, Workload

__all__ = ["Command", "Kind", "changed", "fit", "given", "kind", "rate"]

DESCRIPTORS_KEPT = 200
"""What a load process needs open beside its connections."""
UNKNOWN = 0
"""A limit of open files that could not be read."""


class Kind(Protocol):
    """The shape of a kind's module; `load` is always its own kind's record."""

    @property
    def SCORE(self) -> Literal["rate", "wall", "tail"]:  # noqa: N802 - a constant of the module
        """What rows are ranked by: answers per second, the wall clock until the last answer, or the latency's p99."""

    @property
    def MAY_LEAVE_A_QUEUE(self) -> bool:  # noqa: N802
        """Whether requests can be under way when the load is over."""

    @property
    def KNOWS_EVERY_REQUEST(self) -> bool:  # noqa: N802
        """Whether each request is accounted for, so that one that is lost is missed."""

    @property
    def CHECKED_BY_THE_LAB(self) -> bool:  # noqa: N802
        """Whether the lab judges each answer; else a script of somebody's own does."""

    @property
    def DUETS(self) -> bool:  # noqa: N802
        """Whether what it asks can be asked at a fixed rate, of two stacks side by side."""

    @property
    def LITTLES_LAW(self) -> Literal["all", "at most", "silent"]:  # noqa: N802
        """What N = X·R says of a published row: it accounts for all connections, for no more than all, or nothing."""

    def command(self, load: Any, workload: Workload, *, url: str, answers: Sequence[str]) -> Command:
        """What to execute for one round against `url`; `answers` are the verified ones, none for any."""

    def parse(self, output: str, load: Any) -> tuple[LoadResult, HostCpu]:
        """What it printed, in figures. Raises LabError if a part is missing."""

    def warming(self, load: Any, *, seconds: float, delay_s: float) -> Load:
        """A small load to offer beforehand, for a handler that sleeps `delay_s`; it may be another kind's."""

    def offered_s(self, load: Any) -> float | None:
        """For how long load is offered; None where it is over when all is answered."""

    def bounded(self, load: Any, given: LimitFacts) -> LimitFacts:
        """What its limits follow from, beyond the number of connections."""

    def reasons(self, load: Any, samples: Sequence[Sample]) -> Iterator[str]:
        """Why rounds of this kind may not be ranked, beside what holds of every kind."""

    def notes(self, load: Any, samples: Sequence[Sample], latency: Latency) -> Iterator[str]:
        """What a careful reader should know of rounds of this kind."""

    def words(self, load: Any, *, workload: str, count: Callable[[str], str]) -> str:
        """One line for a table: `count` writes the connections of all its rows with a noun."""

    def asked(self, load: Any) -> str:
        """How the stack is asked, for the story of one row."""


KINDS: Mapping[str, Kind] = {
    "closed": closed,
    "ramp": ramp,
    "visits": visits,
    "burst": burst,
    "open": open_loop,
    "scripted": scripted,
}


def kind(load: Load) -> Kind:
    """The module of a load's kind."""
    return KINDS[load.kind]


def given(load: Load, *, connections: int | None = None, **facts: Any) -> LimitFacts:
    """What the limits of a load follow from; `facts` are the other fields of LimitFacts.

    `connections` are those of another run of the same load, such as its source's.
    """
    return kind(load).bounded(load, LimitFacts(connections=connections or load.connections, **facts))


def rate(load: Load) -> float | None:
    """Requests a second that are sent whatever is answered; None of a load whose clients wait."""
    return given(load, delay_s=0.0).rate


def fit(load: Load, *, nofile: int) -> Load:
    """The load that this host allows, which remembers what the source had.

    The server too needs a descriptor a connection, all in one process, so a low hard limit of open files caps
    the connections however many load processes there are.
    """
    possible = max((nofile - DESCRIPTORS_KEPT) // 100 * 100, 1)
    if nofile == UNKNOWN or load.connections <= possible:
        return load
    return replace(load, connections=possible, published_connections=load.connections)


def changed(load: Load, **wishes: float | None) -> Load:
    """The load with those of its fields that somebody wishes otherwise; threads never outnumber connections."""
    own = {field.name for field in fields(load)}
    found: Load = replace(load, **{name: wish for name, wish in wishes.items() if wish and name in own})  # type: ignore[arg-type]
    if found.kind in ("closed", "scripted"):
        return replace(found, threads=min(found.threads, found.connections))
    return found

"""scripted: a closed loop by a script of somebody's own, for wrk or for Locust, which runs unchanged.

The script asks and alone knows which answers are right. The lab counts what its tool counts: requests, times, lost
connections, and statuses; of Locust also what the script itself calls a failure.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Literal

from lab.errors import UsageError
from lab.figures.bounds import LimitFacts
from lab.figures.numbers import count_text, setting_text
from lab.load import closed, protocol, visits
from lab.load.protocol import Command
from lab.model import Closed, HostCpu, Latency, Load, LoadResult, Sample, Script, Scripted, Visits, Workload

SCORE: Literal["rate"] = "rate"
MAY_LEAVE_A_QUEUE = True
DUETS = False
CHECKED_BY_THE_LAB = False
KNOWS_EVERY_REQUEST = False
LITTLES_LAW: Literal["silent"] = "silent"
"""A script may pause between its requests."""
CHECKED = "checked by the script, not by the lab"
NO_ERRORS = "200-399"
"""The statuses that wrk itself calls no error."""


def load(script: Script, base: Closed) -> Scripted:
    """The connections, threads and seconds of a plain loop, offered by a script. Raises UsageError for a long one."""
    size = len(script.text.encode())
    if size >= protocol.LONGEST_BYTES:
        raise UsageError(
            f"{script.file} is too long to be handed to the load container",
            where=f"{size} bytes; Linux takes {protocol.LONGEST_BYTES}",
            fix="let its code make the data that it holds",
        )
    return Scripted(
        tool=script.tool,
        connections=base.connections,
        threads=base.threads,
        duration_s=base.duration_s,
        script=script.file,
        sha256=sha256(script.text.encode()).hexdigest(),
    )


def command(load: Scripted, workload: Workload, *, url: str, answers: Sequence[str]) -> Command:  # noqa: ARG001
    """The call of the script's tool for one round against `url`."""
    text = workload.script.text if workload.script else ""
    if load.tool == "locust":
        argv = (
            "visit",
            str(_processes(load)),
            str(load.connections),
            str(load.connections),
            f"{load.duration_s:g}",
            url,
        )
        return Command(argv=argv, environment={"LAB_SCRIPT": text})
    plain = closed.command(_as_closed(load), workload, url=url, answers=())
    right = f"{' '.join(map(str, range(200, 400)))}{protocol.FIELD}"
    return Command(argv=plain.argv, environment={"LAB_SCRIPT": text, "LAB_RIGHT": right})


def _as_closed(load: Scripted) -> Closed:
    return Closed(connections=load.connections, threads=load.threads, duration_s=load.duration_s)


def _processes(load: Scripted) -> int:
    return min(load.threads, load.connections)


def parse(output: str, load: Scripted) -> tuple[LoadResult, HostCpu]:
    """As of the tool without a script. Raises LabError if a part is missing."""
    if load.tool == "wrk":
        return closed.parse(output, _as_closed(load))
    users = Visits(
        connections=load.connections,
        ramp_s=1.0,
        duration_s=load.duration_s,
        think_s=0.0,
        processes=_processes(load),
    )
    return visits.parse(output, users)


def warming(load: Scripted, *, seconds: float, delay_s: float) -> Load:  # noqa: ARG001 - the shape of a kind
    """The script itself, with few connections."""
    few = min(load.connections, closed.WARM_CONNECTIONS)
    return replace(load, connections=few, threads=1, duration_s=max(seconds, 1.0))


def offered_s(load: Scripted) -> float:
    """As it was told."""
    return load.duration_s


def bounded(load: Scripted, given: LimitFacts) -> LimitFacts:  # noqa: ARG001 - the shape of a kind
    """Nothing but the connections is known of a script."""
    return given


def reasons(load: Scripted, samples: Sequence[Sample]) -> Iterator[str]:  # noqa: ARG001 - the shape of a kind
    """None of its own: statuses that are errors are one for every kind."""
    yield from ()


def notes(load: Scripted, samples: Sequence[Sample], latency: Latency) -> Iterator[str]:  # noqa: ARG001 - likewise
    """Who has checked the answers."""
    yield f"{CHECKED}: {_counted(load)}"


def _counted(load: Scripted) -> str:
    if load.tool == "wrk":
        return f"only statuses were counted, of which {NO_ERRORS} are no errors"
    return "statuses from 400 on, and what the script calls a failure, were counted"


def words(load: Scripted, *, workload: str, count: Callable[[str], str]) -> str:
    """`script by wrk, which runs load.lua, closed loop, 10 connections, 1 thread, 6 s a round`."""
    many = count("connection" if load.tool == "wrk" else "user")
    each = count_text(load.threads, "thread" if load.tool == "wrk" else "process")
    runs = f"{workload} by {load.tool}, which runs {load.script} ({CHECKED})"
    return f"{runs}, closed loop, {many}, {each}, {setting_text(load.duration_s)} a round"


def asked(load: Scripted) -> str:
    """Who asks."""
    return f"{load.connections:,} connections of {load.tool}, which runs {load.script}: what it asks is not known here"

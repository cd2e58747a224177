"""What the lab and the scripts of `stacks/load` say to each other, whichever tool a script runs.

A script is told by its arguments how much to offer, and by its environment what to ask and what must be
answered. It prints the host's CPU time before and after (`cpu …`), a mark when the counted part begins and when
the load is over, and lines of JSON.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from lab.errors import LabError
from lab.model import HostCpu, Request, Workload

RAMP_OVER, LOAD_OVER = "ramp", "over"
"""Lines that are printed at the very moment, so that other clocks can be read then."""
MARKS = (RAMP_OVER, LOAD_OVER)
BETWEEN = "\x1e"
"""Between answers, and between requests: the record separator stands in no text and in no JSON."""
FIELD = "\x1f"
"""Between the parts of a request (method, path, header lines, body), and of what is right (statuses, body)."""
LONGEST_BYTES = 128 * 1024
"""Of one variable, as Linux has it."""
COMPARED_WHOLE_BYTES = 64 * 1024
"""Of the answers of a workload, together; Linux takes 128 KiB in one variable."""
CLOCK_TICKS_PER_S = 100
"""USER_HZ, the unit of /proc/stat: 100 on every architecture that Linux supports today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What to execute in the load container."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]


def environment(workload: Workload, answers: Sequence[str]) -> dict[str, str]:
    """What to ask, and which answer of each request is right: the one that was verified, or any if there is none.

    Raises LabError for a workload that is too long for it.
    """
    requests = BETWEEN.join(map(_record, workload.requests))
    if len(requests.encode()) >= LONGEST_BYTES:
        raise LabError(
            f"the requests of {workload.name} are too long to be handed to the load container",
            where=f"{len(requests.encode())} bytes; Linux takes {LONGEST_BYTES}",
            fix="give it fewer values in stacks/openapi.yaml",
        )
    return {
        "LAB_REQUESTS": requests,
        "LAB_RIGHT": BETWEEN.join(_right(workload.requests, answers)),
        **({"LAB_TURNS": " ".join(map(str, workload.turns))} if workload.turns else {}),
        **({"LAB_TOKENS": "\n".join(workload.tokens)} if workload.tokens else {}),
    }


def _record(request: Request) -> str:
    headers = "\n".join(f"{name}: {value}" for name, value in request.headers)
    return FIELD.join((request.method, request.path, headers, request.sent or ""))


def _right(requests: Sequence[Request], answers: Sequence[str]) -> list[str]:
    """For each request its statuses, and its body (`=…`), the length of that (`#…`), or nothing where any will do.

    The longest bodies are told by their length, as many of them as do not fit into the variable.
    """
    known = {
        place: answer
        for place, (request, answer) in enumerate(zip(requests, answers or [""] * len(requests), strict=True))
        if answers and request.known
    }
    whole, room = set[int](), COMPARED_WHOLE_BYTES
    for place in sorted(known, key=lambda place: len(known[place].encode())):
        room -= len(known[place].encode())
        if room >= 0:
            whole.add(place)
    sizes = {
        place: f"#{request.size_bytes}"
        for place, request in enumerate(requests)
        if answers and request.size_bytes is not None
    }
    bodies = sizes | {
        place: f"={body}" if place in whole else f"#{len(body.encode())}" for place, body in known.items()
    }
    return [
        f"{' '.join(map(str, request.statuses))}{FIELD}{bodies.get(place, '')}"
        for place, request in enumerate(requests)
    ]


def read(output: str, *, tool: str) -> tuple[list[dict[str, Any]], HostCpu]:
    """The reports and the host's CPU time out of what a script printed. Raises LabError if a part is missing."""
    lines = output.splitlines()
    with whole(output, tool=tool):
        reports = [json.loads(line) for line in lines if line.startswith("{")]
        before, after = (line for line in lines if line.startswith("cpu "))
        host = host_cpu(before, after)
        if not reports:
            raise ValueError("no report")
    return reports, host


@contextmanager
def whole(output: str, *, tool: str) -> Iterator[None]:
    """Read output inside of the block; what it lacks is then a LabError that shows its end."""
    try:
        yield
    except (KeyError, IndexError, TypeError, ValueError):
        raise LabError(f"{tool} printed no complete result", where=output[-500:] or "no output at all") from None


def host_cpu(before: str, after: str) -> HostCpu:
    """CPU time between two first lines of /proc/stat, in seconds of one core.

    The fields are user, nice, system, idle, iowait, irq, softirq, steal (proc(5)); guest time is in user.
    """
    first, second = ([int(field) for field in line.split()[1:9]] for line in (before, after))
    spent = [(b - a) / CLOCK_TICKS_PER_S for a, b in zip(first, second, strict=True)]
    idle, steal = spent[3] + spent[4], spent[7]
    return HostCpu(capacity_s=sum(spent), busy_s=sum(spent) - idle - steal, steal_s=steal)

"""What `stacks/load/pace` is told and what it says: the open loop and duets use the same generator.

Requests go out when they are due, whether or not those before were answered; a latency counts from when its request
was due. Two targets are asked at the same time, each at the whole rate.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lab.load import protocol
from lab.load.protocol import Command
from lab.model import UNDER_WAY, Arrivals, ErrorCounts, HostCpu, Workload

_EACH = "each "


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where requests go, what is asked there, and the answers that were verified."""

    url: str
    workload: Workload
    answers: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What became of the requests to one target in the counted part of a load."""

    offered: int
    sent: int
    answered: int
    dropped: int
    """Not sent, as `UNDER_WAY` were under way."""
    errors: ErrorCounts
    latency: str
    """From when a request was due, in µs: HdrHistogram, V2 compressed, base64."""
    service: str
    """From when it was sent, likewise."""
    send_lag: str
    """From when it was due to when it was sent, likewise."""
    per_100ms: tuple[int, ...]
    """Answers in each tenth of a second since the load began."""
    bytes_read: int
    elapsed_s: float
    ramp_s: float
    steady_s: float
    generator_cpu_s: float
    """Of all threads of the generator, for both targets together."""

    @property
    def whole(self) -> bool:
        """Whether every request that was due was sent and rightly answered."""
        return self.answered == self.offered and not self.dropped and not self.errors.total


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What became of one request; its times are in seconds since its load began."""

    number: int
    place: int
    """Which of the workload's requests it is."""
    due_s: float
    end_s: float
    end: str
    """`answered`, `dropped`, or the kind of error of one without a whole answer."""
    status: int | None
    again: bool
    """Whether it was sent once more, as its kept connection had just been closed."""
    unique: str
    """What stood for `UNIQUE` in it."""
    body: str
    """The begin of an answer that is not a 200."""


def command(
    targets: Sequence[Target],
    *,
    rate: float,
    ramp_s: float,
    counted_s: float,
    arrivals: Arrivals | Literal["jittered"] = "constant",
    under_way: int = UNDER_WAY,
    more: Sequence[str] = (),
) -> Command:
    """The call for `rate` requests a second to each of one or two targets, with `more` of pace's own options."""
    options = ("--arrivals", arrivals, "--ramp", f"{ramp_s:g}s", "--cap", str(under_way), *more)
    urls = (f"{target.url}{target.workload.path}" for target in targets)
    environment: dict[str, str] = {}
    for number, target in enumerate(targets, 1):
        own = protocol.environment(target.workload, target.answers)
        environment |= own if number == 1 else {name.replace("LAB_", f"LAB_{number}_", 1): own[name] for name in own}
    return Command(argv=("pace", *options, f"{rate:g}:{ramp_s + counted_s:g}s", *urls), environment=environment)


def parse(output: str) -> tuple[list[Offered], HostCpu]:
    """What was printed of each target, in their order. Raises LabError if a part is missing."""
    reports, host = protocol.read(output, tool="pace")
    with protocol.whole(output, tool="pace"):
        offered = [_offered(report) for report in reports]
    return offered, host


def each(output: str) -> list[Ended]:
    """What was printed of each request with `--each`, in the order in which they were due. Raises LabError."""
    with protocol.whole(output, tool="pace"):
        lines = (line.removeprefix(_EACH) for line in output.splitlines() if line.startswith(_EACH))
        return [_ended(json.loads(line)) for line in lines]


def _ended(line: Mapping[str, Any]) -> Ended:
    return Ended(
        number=line["number"],
        place=line["place"],
        due_s=line["due_us"] / 1e6,
        end_s=line["end_us"] / 1e6,
        end=line["end"],
        status=line.get("status"),
        again=line.get("again", False),
        unique=line.get("unique", ""),
        body=line.get("body", ""),
    )


def _offered(report: Mapping[str, Any]) -> Offered:
    counted, histograms = report["counted"], report["histograms"]
    return Offered(
        offered=counted["offered"],
        sent=counted["sent"],
        answered=counted["answered"],
        dropped=counted["dropped"],
        errors=ErrorCounts(**counted["errors"]),
        latency=histograms["latency_us"],
        service=histograms["service_us"],
        send_lag=histograms["send_lag_us"],
        per_100ms=tuple(report["per_100ms"]["answered"]),
        bytes_read=counted["bytes"],
        elapsed_s=report["elapsed_s"],
        ramp_s=report["ramp_s"],
        steady_s=report["steady_s"],
        generator_cpu_s=sum(report["generator"]["thread_cpu_s"]),
    )

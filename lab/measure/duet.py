"""Two stacks side by side: both thawed and asked at the same fixed rate, at the same time, on the same cores.

The CPU *time* of the same work varies by two within seconds on a shared host, so that rounds in turn cannot be compared
closely. Here whatever slows one of the two slows the other, and their ratio stays. CPU is told apart by container.
"""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from docker import DockerClient
from docker.models.containers import Container

from lab.engine.client import in_words
from lab.errors import LabError
from lab.figures import known
from lab.load import pace, protocol
from lab.load.pace import Target
from lab.measure import others
from lab.measure.cores import Cores
from lab.measure.others import Others
from lab.measure.rig import Rig, read_usage
from lab.measure.rounds import thawed
from lab.model import Cell, DuetSample, DuetSlice, ErrorCounts, Workload

SLICE_S = 1.0
RAMP_S = 1.0
"""Before the first slice: connections are opened, and what was frozen finds its caches again."""
MOST_CONNECTIONS = 16
TURNS = 2
"""Who is thawed first, who is asked first, and whose load container in whose network asks, change between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two: its row, its containers, what it is asked, and the answers that were verified."""

    cell: Cell
    rig: Rig
    workload: Workload
    answers: Sequence[str]


def play(
    client: DockerClient,
    row: Side,
    reference: Side,
    *,
    rate: float,
    seconds: float,
    number: int,
    cores: Cores,
    idle: bool = False,
) -> DuetSample:
    """One turn of a duet: `seconds` that count, in slices. Raises LabError if it cannot be had.

    Both stacks are frozen before and after it. `idle` says that it is one at the low rate.
    """
    first, second = (row, reference) if number % TURNS == 0 else (reference, row)
    with thawed(first.rig), thawed(second.rig), _joined(client, first.rig.load, second.rig.network):
        connections = str(_connections(rate))
        command = pace.command(
            [_target(first), _target(second)],
            rate=rate,
            ramp_s=RAMP_S,
            counted_s=seconds,
            arrivals="jittered",
            more=("--seed", str(number + 1), "--open", connections, "--rotate", connections),
        )
        started_at = datetime.now(UTC).isoformat(timespec="milliseconds")
        load_before = read_usage(first.rig.load)
        clocks = _Clocks(sides=(row.rig, reference.rig), others=others.beside([first.rig, second.rig], cores.budget))
        output = first.rig.offer(command, on_line=clocks.on_line)
        load_after = read_usage(first.rig.load)
    offered, _ = pace.parse(output)
    began: Literal["cell", "reference"] = "cell" if first is row else "reference"
    return DuetSample(
        cell=row.cell.key,
        reference=reference.cell.key,
        number=number,
        started_at=started_at,
        rate=rate,
        first=began,
        slices=tuple(clocks.slices()),
        requests=min(one.offered for one in offered),
        missing=sum(one.offered - one.answered + one.errors.status + one.errors.body for one in offered),
        errors=ErrorCounts.summed([one.errors for one in offered]),
        load_cpu_s=known.difference(load_before.cpu_s, load_after.cpu_s),
        core_speed=cores.watch.between(clocks.others.began_s, clocks.others.ended_s),
        idle=idle,
        foreign=clocks.others.foreign(idle_share=cores.idle_share),
    )


def _connections(rate: float) -> int:
    """To each of the two: as many on both sides, and each is asked ten times a second where that is more than two."""
    return max(2, min(MOST_CONNECTIONS, int(rate / 10)))


@contextmanager
def _joined(client: DockerClient, load: Container, network: str) -> Iterator[None]:
    """The load container in a second network for the length of the block."""
    with in_words():
        other = client.networks.get(network)
        other.connect(load)
    try:
        yield
    finally:
        with in_words():
            other.disconnect(load, force=True)


@in_words()
def _target(side: Side) -> Target:
    """A stack by its entry's address: two stacks may call their entries alike."""
    entry = side.rig.stack.entry
    container = side.rig.services[entry.service]
    container.reload()
    networks = container.attrs["NetworkSettings"]["Networks"]
    address = networks[side.rig.network]["IPAddress"]
    return Target(url=f"{entry.scheme}://{address}:{entry.port}", workload=side.workload, answers=side.answers)


Reading = Mapping[str, tuple[float, float]]
"""Service → when it was read, and its CPU seconds so far."""


@dataclass
class _Clocks:
    """Reads the CPU clocks of both stacks between the marks of a load, about once each `SLICE_S`."""

    sides: tuple[Rig, Rig]
    others: Others
    """Read when the counted part begins, and when it is over."""
    readings: list[tuple[Reading, Reading]] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _failed: LabError | None = None

    def on_line(self, line: str) -> None:
        """Begin at the one mark, end at the other."""
        if line == protocol.RAMP_OVER:
            self.others.now()
            self._thread = threading.Thread(target=self._watch, name="clocks", daemon=True)
            self._thread.start()
        elif line == protocol.LOAD_OVER:
            self.others.now()
            self._over.set()

    def _watch(self) -> None:
        try:
            while True:
                self.readings.append((_read(self.sides[0]), _read(self.sides[1])))
                # From now, not from when it was due: a reading that came late must not make the next slice a short one.
                if self._over.wait(SLICE_S):
                    return
        except LabError as error:
            self._failed = error

    def slices(self) -> Iterator[DuetSlice]:
        """From each reading to the next. Raises LabError if the engine did not tell."""
        if self._thread is None:
            raise LabError("the load container does not say when its ramp is over", fix="lab build --all")
        self._over.set()
        self._thread.join()
        if self._failed is not None:
            raise self._failed
        for before, after in zip(self.readings, self.readings[1:], strict=False):
            spans = [at - before[0][service][0] for service, (at, _) in after[0].items()]
            yield DuetSlice(
                seconds=sum(spans) / len(spans),
                cpu=_per_second(before[0], after[0]),
                reference_cpu=_per_second(before[1], after[1]),
            )


def _read(rig: Rig) -> Reading:
    """The CPU clock of each service, and the moment at which it was read."""
    return dict(_readings(rig))


def _readings(rig: Rig) -> Iterator[tuple[str, tuple[float, float]]]:
    for service in rig.services:
        before = time.monotonic()
        cpu_s = rig.usage_of(service).cpu_s
        if cpu_s is None:
            raise LabError("the engine does not report the CPU time of containers", where=service)
        yield service, ((before + time.monotonic()) / 2, cpu_s)


def _per_second(before: Reading, after: Reading) -> dict[str, float]:
    return {service: (cpu_s - before[service][1]) / (at - before[service][0]) for service, (at, cpu_s) in after.items()}

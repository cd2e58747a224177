"""One round of one cell: thaw, warm if new, offer the load, account for it, come to rest, freeze."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from lab.errors import LabError
from lab.figures import known
from lab.load import kind, protocol
from lab.measure.clock import Clock
from lab.measure.rig import Rig, Usage, read_usage
from lab.model import Cell, Load, Sample, Workload

MEMORY_EVERY_S = 1.0


@contextmanager
def thawed(rig: Rig) -> Iterator[None]:
    """Let a stack run for the length of the block; one that is thawed in part only is frozen again, too.

    Not after Ctrl-C: all of it is taken down then, and what freezing complains of would hide why.
    """
    try:
        rig.thaw()
        yield
    except KeyboardInterrupt:
        raise
    except BaseException:
        with suppress(LabError):  # what is wrong is known
            rig.freeze()
        raise
    rig.freeze()


def warm(rig: Rig, load: Load, workload: Workload, *, seconds: float, delay_s: float, clock: Clock) -> Load:
    """Offer a small load that is not counted: imports, caches, allocators and connections come into being.

    Returns what was offered, which is less where the handler sleeps long (`delay_s`).
    """
    small = kind(load).warming(load, seconds=seconds, delay_s=delay_s)
    with clock.phase("load"):
        rig.offer(kind(small).command(small, workload, url=rig.url, answers=()))
    return small


def measure(rig: Rig, cell: Cell, number: int, workload: Workload, *, answers: Sequence[str], clock: Clock) -> Sample:
    """Offer the cell's load to a thawed stack and return the sample; each answer must be one of the verified ones."""
    command = kind(cell.load).command(cell.load, workload, url=rig.url, answers=answers)
    started_at = datetime.now(UTC).isoformat(timespec="milliseconds")
    marks: dict[str, dict[str, Usage]] = {}

    def read_clocks(line: str) -> None:
        if line in protocol.MARKS:
            marks[line] = rig.usage()

    before, load_before = rig.usage(), read_usage(rig.load)
    with clock.phase("load"), _peak_memory(rig) as memory_mib:
        output = rig.offer(command, on_line=read_clocks)
    after, load_after = rig.usage(), read_usage(rig.load)
    result, host = kind(cell.load).parse(output, cell.load)
    if len(marks) != len(protocol.MARKS):
        raise LabError("the load container does not say when its ramp is over", fix="lab build --all: its image is old")
    _raise_to(memory_mib, after)
    return Sample(
        cell=cell.key,
        round=number,
        started_at=started_at,
        result=result,
        cpu_s=_spent(before, after),
        steady_cpu_s=_spent(marks[protocol.RAMP_OVER], marks[protocol.LOAD_OVER]),
        load_cpu_s=known.difference(load_before.cpu_s, load_after.cpu_s),
        memory_mib=memory_mib,
        host=host,
    )


def _spent(before: dict[str, Usage], after: dict[str, Usage]) -> dict[str, float | None]:
    return {service: known.difference(before[service].cpu_s, after[service].cpu_s) for service in before}


@contextmanager
def _peak_memory(rig: Rig) -> Iterator[dict[str, float | None]]:
    """Watch every service's working set while the block runs; the mapping holds the highest seen."""
    peak: dict[str, float | None] = {}
    over = threading.Event()

    def watch() -> None:
        with suppress(LabError):  # the round itself meets what is wrong, and says it
            while not over.wait(MEMORY_EVERY_S):
                _raise_to(peak, rig.usage())

    thread = threading.Thread(target=watch, name="memory", daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()


def _raise_to(peak: dict[str, float | None], usage: dict[str, Usage]) -> None:
    for service, now in usage.items():
        told = [mib for mib in (peak.get(service), now.memory_mib) if mib is not None]
        peak[service] = max(told, default=None)

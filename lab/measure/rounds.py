"""One round of one cell: thaw, warm if new, offer the load, account for it, come to rest, freeze."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime

from lab.errors import LabError
from lab.figures import known
from lab.load import kind, protocol
from lab.measure import accounts, backlog
from lab.measure.accounts import Accounts
from lab.measure.backlog import QueueLook
from lab.measure.clock import Clock
from lab.measure.cores import Cores
from lab.measure.rig import Rig, Usage, read_usage
from lab.model import Cell, Sample, Workload

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


def measure(
    rig: Rig, cell: Cell, number: int, workload: Workload, *, answers: Sequence[str], clock: Clock, cores: Cores
) -> Sample:
    """Offer the cell's load to a thawed stack and return the sample; each answer must be one of the verified ones."""
    command = kind(cell.load).command(cell.load, workload, url=rig.url, answers=answers)
    started_at = datetime.now(UTC).isoformat(timespec="milliseconds")
    marks, queues = dict[str, dict[str, Usage]](), dict[str, QueueLook | None]()
    books = accounts.of(rig, cores.budget)

    def read_clocks(line: str) -> None:
        if line in protocol.MARKS:
            books.now()
            marks[line] = rig.usage()
            queues[line] = backlog.look(rig) if cell.accepted else None

    books.forget_peaks()
    before, load_before = _counted(rig, books), read_usage(rig.load)
    with clock.phase("load"), _watched(rig, books, marks) as memory_mib:
        output = rig.offer(command, on_line=read_clocks)
    after, load_after = _counted(rig, books), read_usage(rig.load)
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
        use={service: accounts.use(before[service].counted, after[service].counted) for service in before},
        foreign=books.others.foreign(idle_share=cores.idle_share),
        load_thread_share=books.load_thread_share(),
        core_speed=cores.watch.between(books.others.began_s, books.others.ended_s),
        backlog=backlog.between(queues[protocol.RAMP_OVER], queues[protocol.LOAD_OVER]),
    )


def _counted(rig: Rig, books: Accounts) -> dict[str, Usage]:
    """What the engine says of each service, with the kernel's own counters where the lab sees them."""
    kernel = books.counted()
    return {
        service: replace(usage, counted=kernel.get(service, usage.counted)) for service, usage in rig.usage().items()
    }


def _spent(before: dict[str, Usage], after: dict[str, Usage]) -> dict[str, float | None]:
    return {service: known.difference(before[service].cpu_s, after[service].cpu_s) for service in before}


@contextmanager
def _watched(rig: Rig, books: Accounts, marks: Mapping[str, dict[str, Usage]]) -> Iterator[dict[str, float | None]]:
    """Watch every service's working set while the block runs; the mapping holds the highest seen.

    In the counted part the threads of the load are looked at, too: they may be gone when it is over.
    """
    peak: dict[str, float | None] = {}
    over = threading.Event()

    def watch() -> None:
        with suppress(LabError):  # the round itself meets what is wrong, and says it
            while not over.wait(MEMORY_EVERY_S):
                if protocol.RAMP_OVER in marks and protocol.LOAD_OVER not in marks:
                    books.look()
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

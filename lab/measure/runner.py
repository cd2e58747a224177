"""A run from its plan to its last sample: tables one after the other, their rounds interleaved.

All stacks of a table are up at once and all but one are frozen, so that a slow minute of the host hits every
cell alike. Each sample is journalled before the next round starts; going on with an interrupted run measures
what is missing. Rows that ask for a footprint come last in their table, each with the machine to itself.
"""

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import groupby

from lab.engine.client import in_words
from lab.errors import EngineUnavailable, LabError
from lab.measure import cores, duets, footprint, rounds, stage
from lab.measure.ahead import Ahead
from lab.measure.stage import Bench, Up
from lab.model import Burst, Cell, Deployment

__all__ = ["Bench", "measure"]


def measure(bench: Bench) -> None:
    """Measure what is missing of the journal's run."""
    run = bench.journal.run
    if not hasattr(os, "sched_setaffinity"):
        bench.observer.warn("this system cannot pin the lab itself: it may run on the cores of the stack it measures")
    for table, cells in groupby(run.cells, key=lambda cell: cell.table):
        rows = list(cells)
        missing = [cell for cell in rows if bench.journal.missing_rounds(cell)]
        with cores.taken(run.budget_of(table)) as its_cores:
            on_them = replace(bench, cores=its_cores)
            _measure_table(on_them, [cell for cell in missing if not cell.from_nothing], rows)
            footprint.measure(on_them, [cell for cell in missing if cell.from_nothing])
        bench.journal.keep_speed()


def _measure_table(bench: Bench, cells: Sequence[Cell], rows: Sequence[Cell]) -> None:
    """The missing rounds of some rows, then what is missing of the duets of all."""
    side_by_side = rows if duets.wanted(bench, rows) else ()
    with _deployments(bench, [*cells, *(cell for cell in side_by_side if not cell.from_nothing)]) as up:
        if up:
            bench.cores.look_at_rest(for_s=min(cores.REST_S, _longest_s(cells)))
        _measure_rounds(bench, up, cells, rest=bool(side_by_side))
        duets.measure(bench, up, side_by_side)


def _longest_s(cells: Sequence[Cell]) -> float:
    """The seconds of the longest round of some cells; of a burst, and of duets alone, nobody knows them before."""
    timed = [0.0 if isinstance(cell.load, Burst) else cell.load.duration_s for cell in cells]
    return max(timed, default=0.0) or math.inf


def _measure_rounds(bench: Bench, up: Mapping[Deployment, Up], cells: Sequence[Cell], *, rest: bool) -> None:
    """The missing rounds of all cells in turn; those that were void come once more, last of all.

    After its last round a stack need not come to `rest`, unless it must.
    """
    ahead = Ahead(
        (number, cell)
        for number in range(max(map(bench.journal.run.rounds_of, cells), default=0))
        for cell in cells
        if cell.deployment in up and number in bench.journal.missing_rounds(cell)
    )
    for number, cell in ahead:
        if number not in bench.journal.missing_rounds(cell):
            continue
        again = any(later.deployment == cell.deployment for _, later in ahead.left)
        once = ahead.may_come_again((number, cell))
        if _measure_round(bench, up[cell.deployment], cell, number, again=again or rest, may_be_void=once):
            ahead.again((number, cell))


@contextmanager
def _deployments(bench: Bench, cells: Sequence[Cell]) -> Iterator[dict[Deployment, Up]]:
    """Bring up and freeze what the cells need; take all of it down at the end, whatever happens."""
    up: dict[Deployment, Up] = {}
    with ExitStack() as at_end:
        if cells:
            at_end.callback(stage.take_down, bench)
        for deployment in dict.fromkeys(cell.deployment for cell in cells):
            bench.observer.starting(deployment)
            mine = [cell for cell in cells if cell.deployment == deployment]
            with bench.clock.phase("start"):
                found = stage.start(bench, deployment, mine[0].table, sorted({cell.workload for cell in mine}))
            if found is not None:
                up[deployment] = found
        yield up


def _measure_round(bench: Bench, up: Up, cell: Cell, number: int, *, again: bool, may_be_void: bool) -> bool:
    """One sample into the journal, or the reason why there is none; then the stack is frozen.

    A stack that is not needed `again` need not come to rest. Returns whether the round was void and comes once more.
    """
    bench.observer.measuring(cell, number)
    void = ""
    try:
        with rounds.thawed(up.rig), in_words():
            sample = stage.offer(bench, up, cell, number)
            void = bench.cores.void(sample, before=bench.journal.speeds(cell)) if may_be_void else ""
            bench.journal.add_sample(replace(sample, set_aside=void))
            if (again or void) and stage.come_to_rest(bench, up, cell):
                up.warm.clear()
                bench.journal.add_restart(cell)
    except EngineUnavailable:
        raise  # no row's fault: the run ends, and can be resumed
    except LabError as error:
        stage.give_up(bench, cell, number, error)
    finally:
        bench.observer.measured(cell, number)
    if void:
        bench.observer.void(cell, number, void)
    return bool(void)

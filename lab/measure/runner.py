"""A run from its plan to its last sample: tables one after the other, their rounds interleaved.

All stacks of a table are up at once and all but one are frozen, so that a slow minute of the host hits every
cell alike. Each sample is journalled before the next round starts; going on with an interrupted run measures
what is missing. Rows that ask for a footprint come last in their table, each with the machine to itself.
"""

import os
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import groupby

from lab.engine.client import in_words
from lab.errors import EngineUnavailable, LabError
from lab.measure import duets, footprint, rounds, stage
from lab.measure.stage import Bench, Up
from lab.model import Budget, Cell, Deployment

__all__ = ["Bench", "measure"]


def measure(bench: Bench) -> None:
    """Measure what is missing of the journal's run."""
    run = bench.journal.run
    if not hasattr(os, "sched_setaffinity"):
        bench.observer.warn("this system cannot pin the lab itself: it may run on the cores of the stack it measures")
    for table, cells in groupby(run.cells, key=lambda cell: cell.table):
        rows = list(cells)
        missing = [cell for cell in rows if bench.journal.missing_rounds(cell)]
        with _off_the_stacks_cores(run.budget_of(table)):
            _measure_table(bench, [cell for cell in missing if not cell.from_nothing], rows)
            footprint.measure(bench, [cell for cell in missing if cell.from_nothing])


@contextmanager
def _off_the_stacks_cores(budget: Budget) -> Iterator[None]:
    """Keep the lab itself, and what it starts outside containers, on the cores of the load, where the system can."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, budget.load_cpus)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _measure_table(bench: Bench, cells: Sequence[Cell], rows: Sequence[Cell]) -> None:
    """The missing rounds of some rows, then what is missing of the duets of all."""
    side_by_side = rows if duets.wanted(bench, rows) else ()
    with _deployments(bench, [*cells, *(cell for cell in side_by_side if not cell.from_nothing)]) as up:
        ahead = deque(
            (number, cell)
            for number in range(bench.journal.run.rounds)
            for cell in cells
            if cell.deployment in up and number in bench.journal.missing_rounds(cell)
        )
        while ahead:
            number, cell = ahead.popleft()
            if number in bench.journal.missing_rounds(cell):
                again = any(later.deployment == cell.deployment for _, later in ahead)
                _measure_round(bench, up[cell.deployment], cell, number, again=again or bool(side_by_side))
        duets.measure(bench, up, side_by_side)


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


def _measure_round(bench: Bench, up: Up, cell: Cell, number: int, *, again: bool) -> None:
    """One sample into the journal, or the reason why there is none; then the stack is frozen.

    A stack that is not needed `again` need not come to rest.
    """
    bench.observer.measuring(cell, number)
    try:
        with rounds.thawed(up.rig), in_words():
            bench.journal.add_sample(stage.offer(bench, up, cell, number))
            if again and stage.come_to_rest(bench, up, cell):
                up.warm.clear()
                bench.journal.add_restart(cell)
    except EngineUnavailable:
        raise  # no row's fault: the run ends, and can be resumed
    except LabError as error:
        stage.give_up(bench, cell, number, error)
    finally:
        bench.observer.measured(cell, number)

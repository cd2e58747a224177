"""The cores that the stacks of a table share: who may use them, how fast they are, and when a round on them is void."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from lab.figures import contamination, speed
from lab.figures.numbers import number_text
from lab.host import core_speed
from lab.host.core_speed import Watch
from lab.measure import others
from lab.model import Budget, DuetSample, Sample, speed_range

REST_S = 2.0
"""For so long all stacks are frozen, to see what else works on their cores; a round's length where that is shorter."""
FEWEST_READINGS = 3
"""Of a round, before its speed is compared with that of the rounds before."""
USUAL_FROM = 8
"""Readings of a row's rounds before, as many as two short ones have."""


@dataclass(slots=True, kw_only=True)
class Cores:
    """The stack's cores while one table is measured."""

    budget: Budget
    watch: Watch
    idle_share: float | None = None
    """What runs on them while all stacks are frozen; None until it was looked at."""

    def look_at_rest(self, *, for_s: float) -> None:
        """See for so many seconds what uses them while nothing of the run does."""
        self.idle_share = others.idle_share(self.budget.stack_cpus, seconds=for_s)

    def void(self, sample: Sample, *, before: Sequence[float]) -> str:
        """Why a round had better be measured again; nothing if it had not.

        Its speed is compared with the readings of its own row's rounds `before`, not with other rows': a load that is
        hard work for its cores, or a stack that fills the caches, slows the fixed work as well, each time.
        """
        usual, found = speed_range((*before,)), speed_range(sample.core_speed.readings)
        if why := contamination.words([sample.foreign]):
            return why
        if usual is None or found is None or usual.readings < USUAL_FROM or found.readings < FEWEST_READINGS:
            return ""
        if speed.is_off(found.median, usual.median):
            times = number_text(found.median / usual.median)
            return f"the stack's cores were {times} times as fast as in its rounds before"
        return ""

    def void_turn(self, turn: DuetSample) -> str:
        """Why a turn of a duet had better be played again; nothing if it had not.

        Slow cores are no reason: they slow both sides.
        """
        return contamination.words([turn.foreign])


def unwatched(budget: Budget) -> Cores:
    """Cores of which nothing is known, before a table is begun."""
    return Cores(budget=budget, watch=Watch())


@contextmanager
def taken(budget: Budget) -> Iterator[Cores]:
    """Keep the lab itself off the stack's cores for the length of the block, where it can, and time fixed work on them.

    What the lab starts outside containers stays off them, too; only the fixed work does not.
    """
    with off_the_stacks_cores(budget), core_speed.watching(budget.stack_cpus) as watch:
        yield Cores(budget=budget, watch=watch)


@contextmanager
def off_the_stacks_cores(budget: Budget) -> Iterator[None]:
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

"""How closely fixed work follows a server: `python -m tests.bench.core_speed [SECONDS [STACK REFERENCE]]`.

Two stacks play one long duet at a fixed rate, so that the CPU they use in a second is the cost of their requests. On
the same core each piece of `lab/host/fixed_work.py` is timed meanwhile, at `SHARE` of it: more often than the lab does,
so that a reading is about its whole window. Printed are, for each piece, for sums of pieces, and for each stack, the
correlation of the logarithms of both over windows of `WINDOW_S`, with its interval of 95%, and the slope: by how many
times the server's cost grows where the piece takes twice the time (2.0 would be in step).

What would hide a correlation is left out: windows in which a turn of the duet begins or ends, the level of each turn
(who is asked first changes between them), and this program itself, which keeps to the load's cores. An interval heeds
that neighbouring windows are alike. A calm host shows little of either, for nothing varies there: look at the range
first, and believe no row whose interval holds 0.
"""

import json
import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lab.host import cgroups, core_speed, machine
from lab.host.budget import plan
from lab.host.cgroups import Group
from lab.host.core_speed import PIECES, Watch
from lab.host.fixed_work import PIECES as CANDIDATES
from tests.bench.following import following

WINDOW_S = 3.0
SHARE = 0.04
"""Of the core, for the fixed work: it costs both stacks alike."""
BREAK_S = 3.0
"""After a turn was announced, until both stacks are thawed and asked at their rate."""
LEAST_SHARE = 0.5
"""Of the usual cost, that a window of a duet has at least: below it, requests were missing."""
LAB = Path(sys.executable).with_name("lab")
MIXTURES: Mapping[str, tuple[str, ...]] = {
    "as the lab takes it": PIECES,
    "kernel": ("calls", "pipes", "switches"),
    "all": tuple(CANDIDATES),
}
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Between two readings of the CPU clocks of both stacks, in moments of the monotonic clock."""

    start_s: float
    end_s: float
    cost: Mapping[str, float]
    """Stack → CPU seconds a second."""


@dataclass
class Costs:
    """Reads the CPU clocks of the containers of both stacks, once a window, from a core that is not theirs."""

    stacks: tuple[str, str]
    windows: list[Window] = field(default_factory=list)
    breaks_s: list[float] = field(default_factory=list)
    """When a turn of the duet was announced, or the end: what is around it is in no stretch."""
    _over: threading.Event = field(default_factory=threading.Event)

    def watch(self, load_cpus: Sequence[int]) -> None:
        """Until it is told that it is `over`; it finds containers once for each time that they are up."""
        os.sched_setaffinity(0, load_cpus)  # of this thread
        groups: dict[str, list[Group]] = {}
        before: tuple[float, dict[str, int]] | None = None
        while not self._over.wait(WINDOW_S):
            groups = groups or {stack: found for stack in self.stacks if (found := [*groups_of(stack)])}
            now = (time.monotonic(), {stack: used for stack in groups if (used := used_ns(groups[stack])) is not None})
            if len(now[1]) < len(self.stacks):
                groups, before = {}, None
                continue
            if before is not None:
                seconds = now[0] - before[0]
                cost = {stack: (used - before[1][stack]) / 1e9 / seconds for stack, used in now[1].items()}
                self.windows.append(Window(start_s=before[0], end_s=now[0], cost=cost))
            before = now

    def over(self) -> None:
        """End the watching."""
        self._over.set()

    def stretches(self) -> list[list[Window]]:
        """The windows of each turn of the duet, without those in which it began or ended.

        At work is a window in which both stacks used at least `LEAST_SHARE` of what they usually do while both work.
        """
        both = [one for one in self.windows if min(one.cost.values()) > 0]
        usual = (
            {name: float(np.quantile([one.cost[name] for one in both], 0.5)) for name in self.stacks} if both else {}
        )
        found: list[list[Window]] = [[]]
        for one in self.windows:
            broken = any(one.start_s - BREAK_S < at_s < one.end_s for at_s in self.breaks_s)
            if not broken and all(one.cost[name] >= LEAST_SHARE * usual[name] > 0 for name in usual):
                found[-1].append(one)
            elif found[-1]:
                found.append([])
        return [inner for stretch in found if (inner := stretch[1:-1])]


def used_ns(groups: Sequence[Group]) -> int | None:
    """CPU time of all containers of a stack; None once one of them is gone."""
    told = [group.cpu_ns() for group in groups]
    return sum(used for used in told if used is not None) if told and None not in told else None


def groups_of(stack: str) -> Iterator[Group]:
    """The control groups of its containers, the load's left out."""
    asked = ["docker", "ps", "--no-trunc", "--format", "{{json .}}", "--filter", f"label=lab.stack={stack}"]
    for line in subprocess.run(asked, capture_output=True, text=True, check=True).stdout.splitlines():
        found = json.loads(line)
        benched = "lab.session=up-" not in found["Labels"] and "compose.service=load" not in found["Labels"]
        group = cgroups.find(found["ID"]) if benched else None
        if group is not None:
            yield group


def pieces_of(watch: Watch, windows: Sequence[Window]) -> dict[str, Floats]:
    """The mean time of each piece, and of each mixture, in each window; nan for one without a reading."""
    names = [*CANDIDATES]
    readings = [[one.pieces_s for one in watch.readings(each.start_s, each.end_s)] for each in windows]
    table = np.array([np.mean(found, axis=0) if found else [np.nan] * len(names) for found in readings])
    columns = {name: table[:, place] for place, name in enumerate(names)}
    # Relative to its own mean, so that no piece counts for more than another because it is longer.
    relative = {name: times / np.nanmean(times) for name, times in columns.items()}
    mixed = {
        f"{name}: {' + '.join(parts)}": np.sum([relative[one] for one in parts], axis=0)
        for name, parts in MIXTURES.items()
    }
    return {**columns, **mixed}


def within(stretches: Sequence[Sequence[Window]], values: Floats) -> Floats:
    """Logarithms less the mean of each turn."""
    logs, at, parts = np.log(values), 0, []
    for stretch in stretches:
        part = logs[at : at + len(stretch)]
        parts.append(part - np.nanmean(part))
        at += len(stretch)
    return np.concatenate(parts)


def report(stretches: list[list[Window]], watch: Watch, stacks: tuple[str, str]) -> None:
    """One line for each piece and stack."""
    windows = [one for stretch in stretches for one in stretch]
    print(f"{len(windows)} windows of {WINDOW_S:g} s in {len(stretches)} turns")
    print(f"{'piece':58} {'range':>10}  {'stack':12} {'range':>10} {'r':>6}  {'95% interval':14} {'slope':>6}")
    for name, times in pieces_of(watch, windows).items():
        for stack in stacks:
            x, y = within(stretches, times), within(stretches, np.array([one.cost[stack] for one in windows]))
            known = np.isfinite(x)
            found = following(x[known], y[known])
            interval = "–" if math.isnan(found.low) else f"{found.low:.2f} to {found.high:.2f}"
            print(
                f"{name:58} {spread(x[known]):>10}  {stack:12} {spread(y[known]):>10} {found.r:6.2f}  {interval:14} "
                f"{2**found.slope:6.2f}"
            )


def spread(logs: Floats) -> str:
    """How many times the 5th percentile the 95th is."""
    low, high = np.quantile(logs, [0.05, 0.95])
    return f"{np.exp(high - low):.2f} times"


def main() -> int:
    """Play the duet, watch, and print."""
    seconds = sys.argv[1] if len(sys.argv) > 1 else "300"
    stacks = (sys.argv[2], sys.argv[3]) if len(sys.argv) > 3 else ("gin", "openresty")
    budget = plan(machine.probe())
    command = [str(LAB), "bench", *stacks, "--rounds", "2", "-d", "1", "--duet", seconds, "--wait", "600"]
    costs = Costs(stacks=stacks)
    with core_speed.watching(budget.stack_cpus, pieces=[*CANDIDATES], share=SHARE) as watch:
        bench = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        watching = threading.Thread(target=costs.watch, args=(budget.load_cpus,), daemon=True)
        watching.start()
        try:
            for line in bench.stderr or ():
                print(line, end="", file=sys.stderr, flush=True)
                if " duet " in line or line.endswith(" stop\n"):
                    costs.breaks_s.append(time.monotonic())
        finally:
            costs.over()
            watching.join()
            bench.terminate()
            bench.wait()
        cpus = {one.cpu for one in watch.readings(-math.inf, math.inf)}
        gaps = [after.at_s - before.at_s for before, after in pairwise(watch.readings(-math.inf, math.inf))]
        stretches = costs.stretches()
        if not stretches:
            print("the two were never measured side by side for more than two windows", file=sys.stderr)
            return 1
        report(stretches, watch, stacks)
        print(
            f"the fixed work ran on core {sorted(cpus)}, that of the stacks is {[*budget.stack_cpus]}; it used "
            f"{watch.share or 0:.2%} of it, a reading each {np.median(gaps):.2f} s"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""How closely fixed work follows a server: `python -m tests.bench.core_speed [SECONDS [STACK REFERENCE]]`.

Two stacks play one long duet at a fixed rate, so that the CPU they use in a second is the cost of their requests. On
the same cores each piece of `lab/host/fixed_work.py` is timed meanwhile. Printed are, over windows of a few seconds,
the correlation of the logarithms of both, and the slope: by how many times the server's cost grows where the piece
takes twice the time (2.0 would be in step). A calm host shows little of either, for nothing varies there; docs take
their figures from a noisy one, and from at least ten minutes.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lab.host import cgroups, core_speed, machine
from lab.host.budget import plan
from lab.host.cgroups import Group
from lab.host.core_speed import PIECES, Watch
from lab.host.fixed_work import PIECES as CANDIDATES

WINDOW_S = 2.0
LAB = Path(sys.executable).with_name("lab")
Costs = dict[str, list[tuple[float, float]]]
"""Stack → when a window ended, and the CPU seconds per second of it."""


def watch_costs(bench: "subprocess.Popen[bytes]", stacks: tuple[str, str]) -> Costs:
    """Read the CPU clocks of both stacks once a window for as long as the benchmark lasts; windows of both at work."""
    costs: Costs = {stack: [] for stack in stacks}
    before: dict[str, tuple[float, int]] = {}
    while bench.poll() is None:
        time.sleep(WINDOW_S)
        now = {stack: (time.monotonic(), used) for stack in stacks if (used := used_ns(stack)) is not None}
        spent = {
            stack: (used - before[stack][1]) / 1e9 / (at_s - before[stack][0])
            for stack, (at_s, used) in now.items()
            if stack in before
        }
        if len(spent) == len(stacks) and min(spent.values()) > 0.001:
            for stack, share in spent.items():
                costs[stack].append((now[stack][0], share))
        before = now
    return costs


def used_ns(stack: str) -> int | None:
    """CPU time of the services of a stack that a benchmark has up; None where it has none."""
    groups = [*groups_of(stack)]
    return sum(group.cpu_ns() or 0 for group in groups) if groups else None


def groups_of(stack: str) -> Iterator[Group]:
    """The control groups of its containers, the load's left out."""
    asked = ["docker", "ps", "--no-trunc", "--format", "{{json .}}", "--filter", f"label=lab.stack={stack}"]
    for line in subprocess.run(asked, capture_output=True, text=True, check=True).stdout.splitlines():
        found = json.loads(line)
        benched = "lab.session=up-" not in found["Labels"] and "compose.service=load" not in found["Labels"]
        group = cgroups.find(found["ID"]) if benched else None
        if group is not None:
            yield group


def pieces_of(watch: Watch, ends_s: list[float]) -> dict[str, npt.NDArray[np.float64]]:
    """Each piece's mean time in each window, and that of the reading as the lab takes it; nan for one without any."""
    names = [*CANDIDATES]
    windows = [[one.pieces_s for one in watch.readings(end - WINDOW_S, end)] for end in ends_s]
    table = np.array([np.mean(found, axis=0) if found else [np.nan] * len(names) for found in windows])
    columns = {name: table[:, place] for place, name in enumerate(names)}
    return {**columns, " + ".join(PIECES): np.sum([columns[name] for name in PIECES], axis=0)}


def report(costs: Costs, pieces: Mapping[str, npt.NDArray[np.float64]]) -> None:
    """One line for each piece and stack."""
    print(f"{'piece':28} {'range':>12} {'stack':12} {'windows':>8} {'r':>6} {'slope':>6}")
    for name, times in pieces.items():
        for stack, windows in costs.items():
            cost = np.log([share for _, share in windows])
            known = np.isfinite(times)
            x, y = np.log(times[known]), cost[known]
            r, slope = float(np.corrcoef(x, y)[0, 1]), float(np.polyfit(x, y, 1)[0])
            spread = f"{np.exp(x.max() - x.min()):.2f} times"
            print(f"{name:28} {spread:>12} {stack:12} {len(x):8} {r:6.2f} {2**slope:6.2f}")


def main() -> int:
    """Play the duet, watch, and print."""
    seconds = sys.argv[1] if len(sys.argv) > 1 else "600"
    one, other = sys.argv[2:4] if len(sys.argv) > 3 else ("gin", "openresty")
    cpus = plan(machine.probe()).stack_cpus
    command = [str(LAB), "bench", one, other, "--rounds", "1", "-d", "1", "--duet", seconds, "--wait", "3600"]
    with core_speed.watching(cpus, pieces=[*CANDIDATES]) as watch:
        bench = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            costs = watch_costs(bench, (one, other))
        finally:
            bench.terminate()
            bench.wait()
        report(costs, pieces_of(watch, [at_s for at_s, _ in costs[one]]))
        print(f"the fixed work used {watch.share or 0:.2%} of a core")
    return 0


if __name__ == "__main__":
    sys.exit(main())

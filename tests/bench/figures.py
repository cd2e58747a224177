"""What of the lab must be quick, each beside something of the same seconds that it is compared with.

A ratio holds on every machine; seconds hold on one. Each figure is the least of several tries, taken in turns.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from lab.catalog import load_catalog
from lab.load import histogram
from lab.model import Run, Sample
from lab.results import summary
from tests.unit.unit_factories import make_cell, make_run, make_sample

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
STACK = "nginx-gunicorn-flask"
LARGE_CELLS, LARGE_ROUNDS = 200, 5
"""A run four times as large as `lab bench --all`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Seconds of ours over seconds of theirs."""

    name: str
    ours: Callable[[], float]
    theirs: Callable[[], float]
    beside: str
    """What theirs is."""
    at_most: float | None = None
    """The most that the ratio may be, where somebody has promised it."""
    tries: int = 15

    def measure(self) -> float:
        """The ratio, found in turns: a slow second hits both."""
        pairs = [(self.ours(), self.theirs()) for _ in range(self.tries)]
        return min(ours for ours, _ in pairs) / min(theirs for _, theirs in pairs)


def all_figures() -> Iterator[Figure]:
    """Start of commands, catalogue, summary, a build with nothing to do, and `lab up`."""
    yield from _starts()
    yield Figure(name="catalogue", ours=_timed(load_catalog), theirs=_timed(_yaml_alone), beside="the same YAML")
    run, samples = _large_run()
    yield Figure(
        name="summary of a large run",
        ours=_timed(lambda: summary.summarise(run, samples)),
        theirs=_timed(lambda: [histogram.count(sample.result.histogram) for sample in samples]),
        beside="its histograms decoded",
        tries=3,
    )
    file = ROOT / "compose" / f"{STACK}.yaml"
    yield Figure(
        name="build with nothing to do",
        ours=_wall(BIN / "lab", "build", STACK, "--pins", "current"),
        theirs=_wall("docker", "compose", "--file", file, "build", "--quiet"),
        beside="docker compose build",
        tries=3,
    )
    plain = ("docker", "compose", "--project-name", "plain-up", "--file", file)
    yield Figure(
        name="lab up",
        ours=_wall(BIN / "lab", "up", STACK, "--port", "0", undo=(BIN / "lab", "down", STACK)),
        theirs=_wall(*plain, "up", "--detach", "--wait", undo=(*plain, "down", "--timeout", "1")),
        beside="docker compose up",
        tries=3,
    )


def _starts() -> Iterator[Figure]:
    limits = {"--version": 2.0, "--help": 2.0, "list": 4.0, "up --help": None, "bench --help": None}
    for arguments, at_most in limits.items():
        yield Figure(
            name=f"lab {arguments}",
            ours=_cpu(BIN / "lab", *arguments.split()),
            theirs=_cpu(sys.executable, "-c", "import typer, rich"),
            beside="import typer, rich",
            at_most=at_most,
        )


def _timed(action: Callable[[], object]) -> Callable[[], float]:
    """CPU seconds of a call in this process."""

    def run() -> float:
        began = time.process_time()
        action()
        return time.process_time() - began

    return run


def _cpu(*argv: str | Path) -> Callable[[], float]:
    """CPU seconds of a process: who else is at work on the host hardly changes them."""

    def run() -> float:
        process = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, argv)
        return usage.ru_utime + usage.ru_stime

    return run


def _wall(*argv: str | Path, undo: tuple[str | Path, ...] | None = None) -> Callable[[], float]:
    """Seconds on the clock of a call that works through the engine."""
    environment = {**os.environ, "LAB_PORT": "0"}

    def run() -> float:
        began = time.monotonic()
        subprocess.run(argv, cwd=ROOT, env=environment, check=True, capture_output=True)
        took_s = time.monotonic() - began
        if undo:
            subprocess.run(undo, cwd=ROOT, env=environment, check=True, capture_output=True)
        return took_s

    return run


def _yaml_alone() -> None:
    for path in (*ROOT.glob("compose/*.yaml"), *ROOT.glob("experiments/*.yaml"), ROOT / "stacks/openapi.yaml"):
        yaml.compose(path.read_text("utf-8"), Loader=yaml.CSafeLoader)


def _large_run() -> tuple[Run, list[Sample]]:
    cells = [make_cell(row=f"row-{number}") for number in range(LARGE_CELLS)]
    rates = [1000 + 7 * number for number in range(LARGE_ROUNDS)]
    samples = [make_sample(number, rate, cell=cell.key) for cell in cells for number, rate in enumerate(rates)]
    return make_run(cells, rounds=LARGE_ROUNDS), samples

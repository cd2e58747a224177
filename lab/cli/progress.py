"""What a run looks like while it goes on: a bar on a terminal, plain lines anywhere else; always on stderr."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from lab.cli.output import say, stderr
from lab.commands.forecast import expected_s, round_s
from lab.figures.numbers import number_text
from lab.measure.progress import Observer
from lab.model import Cell, Deployment, Run


@contextmanager
def watching(run: Run) -> Iterator[Observer]:
    """An observer that fits whoever looks at stderr."""
    if not sys.stderr.isatty():
        yield Lines(run)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=stderr(), transient=True) as bar:
        yield Bar(run, bar, bar.add_task("preparing", total=expected_s(run)))


class Lines(Observer):
    """One line a step, with the time since the start."""

    def __init__(self, run: Run) -> None:
        self._rounds_of = run.rounds_of
        self._began = time.monotonic()
        say(
            f"run {run.id}: {len(run.cells)} cells, {run.rounds} rounds, about {expected_s(run) / 60:.0f} min of rounds"
        )

    def building(self, image: str) -> None:
        self._say(f"build {image}")

    def starting(self, deployment: Deployment) -> None:
        self._say(f"start {deployment.name} ({deployment.pins})")

    def measuring(self, cell: Cell, number: int) -> None:
        self._say(f"round {number + 1}/{self._rounds_of(cell)} {cell.table}/{cell.row} ({cell.deployment.pins})")

    def void(self, cell: Cell, number: int, why: str) -> None:
        self._say(f"round {number + 1} of {cell.table}/{cell.row} comes once more: {why}")

    def dueting(self, cell: Cell, reference: Cell, rate: float) -> None:
        self._say(f"duet {cell.table}/{cell.row} beside {reference.row}, {number_text(rate)}/s each")

    def void_turn(self, cell: Cell, reference: Cell, why: str) -> None:
        self._say(f"a turn of {cell.table}/{cell.row} beside {reference.row} comes once more: {why}")

    def stopping(self) -> None:
        self._say("stop")

    def reporting(self) -> None:
        self._say("report")

    def warn(self, message: str) -> None:
        self._say(f"warning: {message}")

    def _say(self, text: str) -> None:
        say(f"{time.monotonic() - self._began:6.1f} s  {text}")


class Bar(Observer):
    """A bar with the cell, the round and the time left."""

    def __init__(self, run: Run, bar: Progress, task: TaskID) -> None:
        self._rounds_of = run.rounds_of
        self._bar = bar
        self._task = task

    def building(self, image: str) -> None:
        self._show(f"build {image}")

    def starting(self, deployment: Deployment) -> None:
        self._show(f"start {deployment.name}")

    def measuring(self, cell: Cell, number: int) -> None:
        self._show(f"round {number + 1}/{self._rounds_of(cell)} {cell.table}/{cell.row}")

    def measured(self, cell: Cell, number: int) -> None:
        self._bar.advance(self._task, round_s(cell))

    def void(self, cell: Cell, number: int, why: str) -> None:
        self._bar.console.print(f"round {number + 1} of {cell.row} comes once more: {why}", markup=False)

    def dueting(self, cell: Cell, reference: Cell, rate: float) -> None:
        self._show(f"{cell.row} beside {reference.row}, {number_text(rate)}/s each")

    def void_turn(self, cell: Cell, reference: Cell, why: str) -> None:
        said = f"a turn of {cell.row} beside {reference.row} comes once more: {why}"
        self._bar.console.print(said, markup=False)

    def stopping(self) -> None:
        self._show("stop")

    def reporting(self) -> None:
        self._show("report")

    def warn(self, message: str) -> None:
        self._bar.console.print(f"warning: {message}", markup=False)

    def _show(self, text: str) -> None:
        self._bar.update(self._task, description=text)

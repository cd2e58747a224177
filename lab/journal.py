"""A run under way: which of its rounds and turns are missing, and every change of it on disk before anything else."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from lab.figures import speed
from lab.model import Cell, DeploymentFacts, DuetSample, Run, Sample, Warmup
from lab.store import RunFolder, now


class Journal:
    """A run under way: every change is on disk before the next thing happens."""

    def __init__(self, folder: RunFolder, run: Run, *, phases_s: Callable[[], Mapping[str, float]]) -> None:
        self.folder = folder
        self.run = replace(run, finished_at=None)
        self._phases_s = phases_s
        self._done: set[tuple[str, int]] = set()
        self._speeds: dict[str, list[float]] = {}
        for sample in folder.samples()[0]:
            self._count(sample)
        self._played = {(turn.cell, turn.number) for turn in folder.duets() if not turn.set_aside}
        folder.write_run(self.run)

    def missing_rounds(self, cell: Cell) -> list[int]:
        """The rounds of a cell that have no sample yet; none for a cell that has failed."""
        if cell.key in self.run.failures:
            return []
        return [number for number in range(self.run.rounds_of(cell)) if (cell.key, number) not in self._done]

    def add_sample(self, sample: Sample) -> None:
        """Keep a sample; one that was set aside leaves its round missing."""
        self.folder.append(sample)
        self._count(sample)
        self.keep_time()

    def speeds(self, cell: Cell) -> Sequence[float]:
        """How fast the cores were in all rounds of a cell so far, also in those that were set aside."""
        return self._speeds.get(cell.key, ())

    def _count(self, sample: Sample) -> None:
        self._speeds.setdefault(sample.cell, []).extend(sample.core_speed.readings)
        if not sample.set_aside:
            self._done.add((sample.cell, sample.round))

    def missing_turns(self, cell: Cell, *, turns: int) -> list[int]:
        """The turns of a cell's duet that have no sample yet."""
        return [number for number in range(turns) if (cell.key, number) not in self._played]

    def add_duet(self, sample: DuetSample) -> None:
        """Keep a turn of a duet; one that was set aside leaves its number missing."""
        self.folder.append_duet(sample)
        if not sample.set_aside:
            self._played.add((sample.cell, sample.number))
        self.keep_time()

    def add_unplayed(self, cell: Cell, why: str) -> None:
        """Keep why a turn of a cell's duet could not be had."""
        self._change(unplayed={**self.run.unplayed, cell.key: why})

    def add_facts(self, facts: DeploymentFacts) -> None:
        """Keep what was found out of a deployment, in place of what was known of it before."""
        others = [known for known in self.run.deployments if known.deployment != facts.deployment]
        self._change(deployments=(*others, facts))

    def add_failure(self, cell: Cell, why: str) -> None:
        """Give a cell up."""
        self._change(failures={**self.run.failures, cell.key: why})

    def add_restart(self, cell: Cell) -> None:
        """Count that a cell's stack had to be restarted to come to rest."""
        self._change(restarts={**self.run.restarts, cell.key: self.run.restarts.get(cell.key, 0) + 1})

    def add_warmup(self, cell: Cell, *, seconds: int, settled: bool | None) -> None:
        """Note what was left out while a cell's stack warmed up."""
        before = self.run.warmups.get(cell.key, Warmup())
        done = Warmup(
            times=before.times + 1,
            seconds=before.seconds + seconds,
            unsettled=before.unsettled + (settled is False),
        )
        self._change(warmups={**self.run.warmups, cell.key: done})

    def add_changes(self, changes: Iterable[str]) -> None:
        """Mark for good what had changed when the run was resumed all the same."""
        if added := dict.fromkeys([*self.run.resumed_anyway, *changes]):
            self._change(resumed_anyway=tuple(added))

    def add_ceiling(self, per_second: float) -> None:
        """Note how much the generator of open loops can offer here."""
        self._change(generator_ceiling=per_second)

    def keep_speed(self) -> None:
        """Note how fast the cores were in all that has been measured so far."""
        measured: list[Sample | DuetSample] = [*self.folder.samples()[0], *self.folder.duets()]
        self._change(core_speed=speed.pooled(sample.core_speed for sample in measured if not sample.set_aside))

    def keep_time(self) -> None:
        """Note where the time went so far: whoever goes on with the run goes on from there."""
        self._change()

    def finish(self) -> None:
        """Note the end."""
        self._change(finished_at=now())

    def _change(self, **changes: Any) -> None:
        self.run = replace(self.run, phases_s=dict(self._phases_s()), **changes)
        self.folder.write_run(self.run)

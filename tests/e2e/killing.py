"""Kills `lab` at random moments, as the kernel does when memory is short: it cannot clean up."""

import json
import random
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.driving import Lab, only_run

ROUNDS = 1000
"""More than are ever measured: the run has something left to do at each kill."""


@dataclass(kw_only=True)
class Victim:
    """A run that is gone on with and killed, and stacks that are brought up and killed meanwhile."""

    lab: Lab
    stack: str
    random: random.Random
    longest_s: float
    """Before a call is killed: in the middle of its rounds, or on a slower machine on the way there."""
    kept: list[str] = field(default_factory=list)
    """The samples that were there after the last kill."""

    def begin(self) -> None:
        """Plan the run, by a call that is killed as soon as its folder is there."""
        running = self.lab.start("bench", self.stack, *self._load(), "--rounds", str(ROUNDS))
        running.wait_for("start ")
        running.kill()

    def _load(self) -> tuple[str, ...]:
        return "--workload", "ping", "--connections", "4", "--duration", "1"

    def kill_one(self) -> None:
        """Start a call, kill it within seconds, and look at what it left."""
        resume = ("bench", "--resume", only_run(self.lab.root).name)
        command = self.random.choice([resume, resume, ("up", self.stack, "--port", "0"), ("check", self.stack)])
        running = self.lab.start(*command)
        time.sleep(self.random.uniform(0, self.longest_s))
        running.kill()
        self._look()

    def kill_after_a_round(self) -> None:
        """Go on with the run until it has kept one more sample, and kill it then."""
        running = self.lab.start("bench", "--resume", only_run(self.lab.root).name)
        running.wait_for(f"round {len(self.kept) + 2}/")
        running.kill()
        self._look()

    def _look(self) -> None:
        """What is in the run folder can be read, and nothing that was kept is lost or changed."""
        folder = only_run(self.lab.root)
        assert json.loads((folder / "run.json").read_text())["rounds"] == ROUNDS
        lines = _whole_lines(folder / "samples.jsonl")
        assert lines[: len(self.kept)] == self.kept
        assert len({(sample["cell"], sample["round"]) for sample in map(json.loads, lines)}) == len(lines)
        self.kept = lines
        self.lab.ok("ps", "--json")


def _whole_lines(path: Path) -> list[str]:
    """The lines of a journal; a last one without its end was being written, and counts as not there."""
    text = path.read_text() if path.exists() else ""
    return text[: text.rfind("\n") + 1].splitlines()

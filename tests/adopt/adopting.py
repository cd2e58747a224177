"""Somebody's own projects, small ones, and `lab` as it is called from elsewhere."""

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.e2e.driving import LAB, ROOT, Running

PROJECTS = Path(__file__).parent / "projects"
SHORT = ("-c", "2", "-d", "1", "--rounds", "2", "--duet", "0", "--warmup", "0")
"""Of `lab bench`: whether it measures at all, and not how much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """A copy of one of the projects, and the commands that its owner types in its folder."""

    folder: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def lab(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """`lab` to its end, whatever the exit code."""
        return subprocess.run(
            [LAB, *arguments],
            env=_environment(environment),
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    def ok(self, *arguments: str) -> str:
        """The same; it must succeed. Returns standard output."""
        done = self.lab(*arguments)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def start(self, *arguments: str) -> Running:
        """Begin, and go on with the test."""
        process = subprocess.Popen(
            [LAB, *arguments],
            env=_environment({}),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self.started.append(process)
        return Running(process=process)

    def end_what_was_started(self) -> None:
        """Ctrl-C for each `lab` that a test has left at work: it would keep its turn on the host."""
        for process in self.started:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.communicate()

    def compose(self, *arguments: str) -> str:
        """The owner's own `docker compose`."""
        done = subprocess.run(
            ["docker", "compose", *arguments], cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def change(self, **keys: Any) -> None:
        """Change keys of `lab.yaml`."""
        path = self.folder / "lab.yaml"
        path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | keys, sort_keys=False))


def address(told: str) -> str:
    """Where a stack answers, from what `lab up` printed."""
    return next(word for word in told.split() if word.startswith("http://127.0.0.1:"))


def own_copy(name: str, folder: Path) -> Own:
    """A project under a name that no other test's has, so that their containers do not meet."""
    shutil.copytree(PROJECTS / name, folder)
    return Own(folder=folder)


def _environment(extra: dict[str, str]) -> dict[str, str]:
    return {**os.environ, "LAB_ROOT": str(ROOT), "LAB_WAIT": "600", **extra}

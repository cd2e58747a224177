"""Somebody's own projects, small ones, and `lab` as it is called from elsewhere."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from lab.catalog.projects import slug
from lab.engine import inventory
from lab.engine.client import from_environment
from lab.host import session
from lab.model import project_name
from tests.e2e.driving import LAB, ROOT, Running

PROJECTS = Path(__file__).parent / "projects"
SHORT = ("-c", "2", "-d", "1", "--rounds", "1", "--duet", "0", "--warmup", "0")
"""Of `lab bench`: whether it measures at all, and not how much."""
PASSWORD = "open-sesame-7"
SECRETS = (PASSWORD, "cookie-of-ada-71", "token-of-ada-72")
"""Of tests/adopt/projects/flask/shop.py."""
ME = {"path": "/me", "answer": {"status": 200, "type": "application/json", "body": {"name": "ada"}}}
FORM = {"path": "/login", "form": {"password": "${SHOP_PASSWORD}"}}
JSON = {"path": "/token", "json": {"password": "${SHOP_PASSWORD}"}, "token": "data.token", "secrets": "shop.env"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """A copy of one of the projects, and the commands that its owner types in its folder."""

    folder: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)
    composed: list[tuple[str, ...]] = field(default_factory=list)
    """What the owner has asked Compose for."""

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
        self.composed.append(arguments)
        done = subprocess.run(
            ["docker", "compose", *arguments], cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def remove(self) -> None:
        """End what a test has left: what the lab has up, what the owner has up, and the images of both."""
        self.remove_labs()
        if self.composed:
            self.compose("--profile", "*", "down", "--volumes", "--rmi", "local", "--timeout", "1")
        remove_built(self.folder)

    def remove_labs(self) -> None:
        """End a `lab` that is at work, and take down what it has up of this folder: somebody may have more up here."""
        self.end_what_was_started()
        with closing(from_environment()) as client:
            for project in inventory.projects(client):
                if project.project.endswith(f"-{_mark(self.folder)}"):
                    inventory.remove(client, project.session)
                    session.forget(project.session)

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


def describe(shop: Own, **keys: Any) -> None:
    """Write a `lab.yaml` of few keys."""
    said = {
        "title": "gunicorn",
        "name": slug(shop.folder.name),
        "entry": {"service": "web", "port": 8000},
        "tiers": {"web": "gunicorn"},
        "memory": {"web": 1},
        "start_within_s": 120,
        "workloads": ["me"],
        "requests": {"me": [ME]},
    }
    (shop.folder / "lab.yaml").write_text(yaml.safe_dump(said | keys, sort_keys=False))


def newest(shop: Own) -> dict[str, Any]:
    """The one row of the newest run."""
    path = max((shop.folder / "results").glob("*/results.json"), key=lambda found: found.stat().st_mtime)
    (row,) = json.loads(path.read_text())["cells"]
    found: dict[str, Any] = row
    return found


def require_served(done: subprocess.CompletedProcess[str], row: dict[str, Any]) -> None:
    """A run has ended, whether or not it can be believed, and each answer was right."""
    assert done.returncode in (0, 7), done.stderr
    assert row["requests"] > 0
    assert (row["errors"]["status"], row["errors"]["body"]) == (0, 0)


def require_no_secret(shop: Own, said: Sequence[subprocess.CompletedProcess[str]]) -> None:
    """None stands in a result, or was told."""
    kept = [path.read_bytes() for path in (shop.folder / "results").rglob("*") if path.is_file()]
    kept += [(done.stdout + done.stderr).encode() for done in said]
    assert len(kept) > len(said)
    assert not [secret for secret in SECRETS for text in kept if secret.encode() in text]


def remove_built(folder: Path) -> None:
    """Remove the images that the lab has built for a project: their names hold the mark of its folder."""
    mark = _mark(folder)
    with closing(from_environment()) as client:
        for image in client.images.list(filters={"reference": f"lab/own-*-{mark}-*"}):
            # By name: another project that was built from the same files has the same image.
            for name in (tag for tag in image.tags if f"-{mark}-" in tag):
                client.images.remove(name)


def _mark(folder: Path) -> str:
    """What the names of all that the lab makes for a folder's project have in them."""
    return project_name("any", folder.resolve()).rpartition("-")[2]


def _environment(extra: dict[str, str]) -> dict[str, str]:
    return {**os.environ, "LAB_ROOT": str(ROOT), "LAB_WAIT": "600", **extra}

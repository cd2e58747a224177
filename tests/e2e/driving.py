"""Drives the installed `lab` as its user does, and looks at the engine as somebody from outside."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from docker import DockerClient
from docker.models.containers import Container

from lab.host.session import LABEL_SESSION, LABEL_STACK

ROOT = Path(__file__).parents[2]
LAB = Path(sys.executable).parent / "lab"
PARTS = ("compose", "stacks", "nginx", "experiments")
"""The folders of a project."""
QUICK = ("--workload", "ping", "--connections", "8", "--duration", "1", "--rounds", "2", "--warmup", "1")
"""A benchmark of a few seconds."""
BROKEN = """\
name: {name}
x-lab:
  title: A stack that does not work
  entry: {{service: app, port: 8080}}
  tiers: {{app: python}}
  workloads: [health]
  memory: {{app: 1}}
services:
  app:
    extends: {{file: parts.yaml, service: python-flask}}
    command: [python, /app.py]
    volumes: ["./{name}.py:/app.py:ro", "./{name}:/from-the-test:ro"]
    ports: ["127.0.0.1:${{LAB_PORT:-8080}}:8080"]
secrets:
  ca: {{file: "${{LAB_CA_BUNDLE:-/etc/ssl/certs/ca-certificates.crt}}"}}
"""

HELD = """\
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path

HOLD = Path("/from-the-test/hold")
loads = count(1)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        # A burst does not say who it is, and asks for nothing else; who verifies does.
        number = next(loads) if self.path == "/health" and "User-Agent" not in self.headers else 0
        while number and HOLD.exists() and number >= int(HOLD.read_text()):
            time.sleep(0.05)
        body = b"ready" if self.path == "/ready" else b"ok"
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("", 8080), Handler).serve_forever()
"""
"""Answers, but holds the requests of the load back as long as the test wants it, from a given one on."""
HELD_TABLE = """\
title: One stack whose answers the test holds back
source: {author: a test}
pins: current
workload: health
load: {tool: burst, concurrent: 1}
rows:
  - {id: held, stack: held}
"""
PATIENCE_S = 600
"""How long a test waits for what must happen. On any machine it happens sooner, or never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lab:
    """The command, run in a project folder."""

    root: Path

    def __call__(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run to the end, whatever the exit code."""
        return subprocess.run(
            [LAB, *arguments], env=self._environment(environment), capture_output=True, text=True, check=False
        )

    def ok(self, *arguments: str, **environment: str) -> str:
        """Run to the end; it must succeed. Returns standard output."""
        done = self(*arguments, **environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, *arguments: str, **environment: str) -> "Running":
        """Begin, and go on with the test."""
        process = subprocess.Popen(
            [LAB, *arguments],
            env=self._environment(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        return Running(process=process)

    def _environment(self, extra: dict[str, str]) -> dict[str, str]:
        return {**os.environ, "LAB_ROOT": str(self.root), **extra}


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A `lab` that has been started."""

    process: subprocess.Popen[str]

    def wait_for(self, text: str) -> str:
        """Read progress up to a line that holds the text; returns what was read."""
        assert self.process.stderr is not None
        read = ""
        for line in self.process.stderr:
            read += line
            if text in line:
                return read
        pytest.fail(f"{text!r} was never said:\n{read}")

    def interrupt(self) -> tuple[int, str]:
        """Press Ctrl-C; returns the exit code and the rest of the progress."""
        self.process.send_signal(signal.SIGINT)
        return self.finish()

    def finish(self) -> tuple[int, str]:
        """Wait for the end; returns the exit code and the rest of the progress."""
        _, errors = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, errors

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Let it do nothing for the length of the block: it is not over before the test has done what it wants."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it so hard that it cannot clean up."""
        self.process.kill()
        self.process.communicate()


def labelled(engine: DockerClient, **labels: str) -> list[Container]:
    """Every container that carries a session's label, running or not."""
    wanted = [LABEL_SESSION, *(f"lab.{key}={value}" for key, value in labels.items())]
    return engine.containers.list(all=True, ignore_removed=True, filters={"label": wanted})


def networks(engine: DockerClient) -> list[str]:
    """Every network that carries a session's label."""
    return [str(network.name) for network in engine.networks.list(filters={"label": LABEL_SESSION})]


def has_left(engine: DockerClient) -> bool:
    """Whether anything is there that `lab down --all` would remove."""
    return bool(labelled(engine) or networks(engine) or engine.volumes.list(filters={"label": LABEL_SESSION}))


def of_stack(engine: DockerClient, stack: str) -> dict[str, Container]:
    """Service → container of a stack that is up."""
    found = engine.containers.list(ignore_removed=True, filters={"label": f"{LABEL_STACK}={stack}"})
    return {container.labels["com.docker.compose.service"]: container for container in found}


def eventually(condition: Callable[[], bool], *, within_s: float = PATIENCE_S) -> bool:
    """Whether a condition comes to hold."""
    end = time.monotonic() + within_s
    while not condition() and time.monotonic() < end:
        time.sleep(0.1)
    return condition()


def copy_project(to: Path) -> Path:
    """A project folder of a test's own, that it may break."""
    for part in PARTS:
        shutil.copytree(ROOT / part, to / part, symlinks=True)
    return to


def add_stack(project: Path, name: str, code: str) -> None:
    """A stack whose whole application is a piece of Python."""
    (project / "compose" / f"{name}.yaml").write_text(BROKEN.format(name=name))
    (project / "compose" / f"{name}.py").write_text(code)
    (project / "compose" / name).mkdir()


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A table of one stack, a burst of one request a round, that can be held in the middle of a round."""

    hold: Path

    def in_round(self, number: int) -> None:
        """Let that round, counted from 1, and later ones begin and not end."""
        self.hold.write_text(str(number + 1))  # the first request of all warms

    def let_go(self) -> None:
        """Let all rounds end."""
        self.hold.unlink()


def add_held(project: Path) -> Held:
    """The stack `held` and the table `held`."""
    add_stack(project, "held", HELD)
    (project / "experiments" / "held.yaml").write_text(HELD_TABLE)
    return Held(hold=project / "compose" / "held" / "hold")


def only_run(project: Path) -> Path:
    """The folder of the one run that a project has."""
    (folder,) = (path.parent for path in (project / "results").glob("*/run.json"))
    return folder


def is_at_work(mark: str) -> bool:
    """Whether a `sleep` so long runs on this host, in whatever container."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has just ended
            if path.read_bytes().split(b"\0")[-2:] == [mark.encode(), b""]:
                return True
    return False

"""The only module that runs `docker compose`: argument lists, their output, and what a failure means."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lab.engine import environment
from lab.errors import EngineUnavailable, LabError, Unhealthy
from lab.host.interrupts import begun
from lab.host.say import without_sequences
from lab.model.sealed import reveal

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 5
CALL_TIMEOUT_S = 180
"""Of `down`, `config`, `logs` and the like: seconds where all is well, so that this much means that an engine hangs."""
LAST_LINES = 20
_NO_ENGINE = ("Cannot connect to the Docker daemon", "error during connect")


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A Compose project: its name, its files from the stack's own to the lab's, and its settings."""

    name: str
    """Empty where the files say it, or their folder."""
    files: tuple[Path, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    env_file: Path | None = None
    """Of somebody's own project, who keeps settings in it."""
    profiles: tuple[str, ...] = ()
    start_within_s: float = START_TIMEOUT_S

    def command(self, *arguments: str) -> list[str]:
        """The whole argument list of one call."""
        options = [
            *(("--project-name", self.name) if self.name else ()),
            *(("--env-file", str(self.env_file)) if self.env_file else ()),
            *(argument for profile in self.profiles for argument in ("--profile", profile)),
            *(argument for path in self.files for argument in ("--file", str(path))),
        ]
        return ["docker", "compose", *options, *arguments]

    def shown(self, *arguments: str) -> str:
        """The same as a line that can be pasted into a shell."""
        settings = [f"{key}={shlex.quote(value)}" for key, value in sorted(self.environment.items())]
        return " ".join([*settings, shlex.join(self.command(*arguments))])


def up_arguments(*services: str, wait_s: float | None = START_TIMEOUT_S) -> tuple[str, ...]:
    """`up` that comes back when every service is healthy. The lab builds beforehand, never on the way."""
    waiting = ("--wait", "--wait-timeout", f"{wait_s:.0f}") if wait_s else ()
    return ("up", "--detach", "--no-build", *waiting, *services)


def start(project: Project, *services: str) -> AbstractContextManager[subprocess.Popen[str]]:
    """Begin `up` of services, all where none is named, for a block that sees to it: after it the call is over."""
    return begun(lambda: _spawn(project, up_arguments(*services, wait_s=project.start_within_s)), end=_stop)


def finish(project: Project, process: subprocess.Popen[str]) -> None:
    """Wait for a started `up`. Raises Unhealthy with the stack's last log lines if it fails."""
    output = _ended(project, process)
    if process.returncode != 0:
        _require_engine(output)
        raise Unhealthy(
            f"{project.name} did not become healthy: {_complaint(output)}",
            where=f"its last lines\n{logs(project, *_blamed(project, output), tail=LAST_LINES)}",
            fix="look at the lines above; `lab config STACK` shows what was run",
        )


def create(project: Project) -> None:
    """Make networks, volumes and containers, and start none of them."""
    call(project, "create", "--no-build", deadline_s=project.start_within_s + CALL_TIMEOUT_S)


def run_beside(project: Project, service: str) -> None:
    """Start one more service of a project, without what it may depend on and without waiting."""
    call(project, *up_arguments("--no-deps", service, wait_s=None))


def halt(project: Project, *services: str) -> None:
    """Stop the containers of some services and keep them."""
    call(project, "stop", "--timeout", str(STOP_TIMEOUT_S), *services)


def start_again(project: Project, *services: str) -> AbstractContextManager[subprocess.Popen[str]]:
    """Begin to start containers that were halted, for a block as `start`'s."""
    return begun(lambda: _spawn(project, ("start", *services)), end=_stop)


def down(project: Project) -> None:
    """Stop and remove everything of a project, its networks and volumes included."""
    call(project, "down", "--remove-orphans", "--volumes", "--timeout", str(STOP_TIMEOUT_S))


def logs(project: Project, *services: str, tail: int) -> str:
    """The last lines of services, of all where none is named, oldest first and as plain text.

    Compose erases a terminal's line before each.
    """
    written = call(project, "logs", "--no-color", "--tail", str(tail), *services)
    return without_sequences(written).strip() or "(no output)"


def shareable(project: Project) -> Project:
    """The same project with digests in place of its secrets: to be shown, not to be started."""
    return replace(project, environment={name: str(value) for name, value in project.environment.items()})


def config(project: Project, *, interpolated: bool = True) -> dict[str, Any]:
    """The merged project as Compose itself sees it, with the values of each `${NAME}` or as its files have it."""
    as_written = () if interpolated else ("--no-interpolate",)
    resolved: dict[str, Any] = json.loads(call(project, "config", *as_written, "--format", "json"))
    return resolved


def call(project: Project, *arguments: str, deadline_s: float = CALL_TIMEOUT_S) -> str:
    """Run to the end and return standard output. Raises LabError with what Compose complained of."""
    with begun(lambda: _spawn(project, arguments, stderr=subprocess.PIPE), end=_stop) as process:
        output, errors = _communicate(project, process, deadline_s=deadline_s)
    if process.returncode != 0:
        _require_engine(errors)
        raise LabError(f"docker compose {arguments[0]} failed: {_complaint(errors)}", where=project.shown(*arguments))
    return output


def passthrough(project: Project, *arguments: str, deadline_s: float | None = None) -> int:
    """Run with the lab's own input and output (exec); returns the exit code. Raises LabError as `call`."""
    command = project.command(*arguments)
    try:
        return subprocess.run(command, env=_environment(project), timeout=deadline_s, check=False).returncode
    except FileNotFoundError:
        raise _no_client() from None
    except subprocess.TimeoutExpired:
        raise _silent(project, command, deadline_s) from None


def print_logs(project: Project, *arguments: str, deadline_s: float | None = None) -> int:
    """Print what `logs` prints; returns the exit code. Off a terminal it is plain text. Raises LabError as `call`.

    Compose erases a terminal's line before each, whatever it writes to.
    """
    if sys.stdout.isatty():
        return passthrough(project, "logs", *arguments, deadline_s=deadline_s)
    words = ("logs", "--no-color", *arguments)
    with begun(lambda: _spawn(project, words, stderr=None), end=_stop) as process:
        if deadline_s is None:
            for line in process.stdout or ():
                print(without_sequences(line), end="", flush=True)
            return process.wait()
        print(without_sequences(_communicate(project, process, deadline_s=deadline_s)[0]), end="")
    return int(process.returncode)


def _spawn(
    project: Project, arguments: Sequence[str], *, stderr: int | None = subprocess.STDOUT
) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(
            project.command(*arguments),
            env=_environment(project),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            errors="replace",
            # In a session of its own, Ctrl-C reaches the lab alone, which then decides what to stop.
            start_new_session=True,
        )
    except FileNotFoundError:
        raise _no_client() from None


def _ended(project: Project, process: subprocess.Popen[str]) -> str:
    """The output of an `up` that has come to its end. Raises Unhealthy for one that a job never lets go on."""
    try:
        return _communicate(project, process, deadline_s=project.start_within_s + CALL_TIMEOUT_S)[0]
    except LabError as error:
        # Compose's own limit begins once the jobs are done that others wait for.
        raise Unhealthy(
            f"{project.name} did not come up within {project.start_within_s:g} s",
            where=error.where,
            fix="if a job of it takes so long, start_within_s in lab.yaml; else lab engine status",
        ) from None


def _communicate(project: Project, process: subprocess.Popen[str], *, deadline_s: float) -> tuple[str, str]:
    try:
        output, errors = process.communicate(timeout=deadline_s)
    except subprocess.TimeoutExpired:
        raise _silent(project, process.args, deadline_s) from None
    return output or "", errors or ""


def _stop(process: subprocess.Popen[str]) -> None:
    """End a started call and all its children."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _environment(project: Project) -> dict[str, str]:
    """What Compose may read: the way to the engine, and of all that a Compose file can name what the lab decided."""
    decided = {name: reveal(value) for name, value in project.environment.items()}
    # A `.env` beside the Compose files or in the user's folder would decide as well, and leave no trace.
    ours = {"COMPOSE_PROGRESS": "plain", "COMPOSE_ANSI": "never", "COMPOSE_DISABLE_ENV_FILE": "1"}
    return {**environment.ambient(), **ours, **decided}


def _require_engine(output: str) -> None:
    """Raise EngineUnavailable if that is why Compose failed: no stack is to blame then."""
    if any(words in output for words in _NO_ENGINE):
        raise EngineUnavailable(
            "the Docker engine no longer answers", where=_complaint(output), fix="lab engine status"
        )


def _blamed(project: Project, output: str) -> list[str]:
    """The service whose container Compose complains of; none where it names none."""
    found = re.search(rf"container {re.escape(project.name)}-(\S+)-\d+ ", _complaint(output))
    return [found[1]] if found else []


def _complaint(output: str) -> str:
    """The line of Compose's output that says what went wrong: its last one that is not progress."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith(("Container ", "Network ", "Volume "))]
    return (telling or lines or ["it gave no reason"])[-1]


def _silent(project: Project, command: object, deadline_s: float | None) -> LabError:
    where = shlex.join(map(str, command)) if isinstance(command, list) else str(command)
    return LabError(
        f"docker compose did not end within {deadline_s:.0f} s for {project.name}",
        where=where,
        fix="lab engine status; if the engine hangs, its own log says more",
    )


def _no_client() -> EngineUnavailable:
    return EngineUnavailable("there is no docker command on PATH", fix="lab engine up")

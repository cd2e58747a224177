"""Who started what: one session a `lab` process that creates containers, so that nobody else's are touched.

A session is a small file that its process holds locked (flock) for as long as it lives; its id is a label on
every container and network. A label whose file nobody holds is the left-over of a killed process. Sessions
live in one folder per user, not per clone, because the engine is the host's too. What carries another user's id is
never touched: whether it lives cannot be seen from here. The turn to measure is one for all users of the host.
"""

import fcntl
import json
import os
import re
import secrets
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Literal

from lab.errors import HostBusy
from lab.host import commons, line
from lab.host.seal import in_argument

Purpose = Literal["up", "bench"]
LEFT: Final = "left behind"
Whose = Literal["to stay", "of a call at work", "left behind", "another user's"]
"""Of what carries the id of a session: `lab up` made it; a call that is at work did; one that was killed did."""

LABEL_SESSION = "lab.session"
LABEL_STACK = "lab.stack"
LABEL_TARGET = "lab.target"
LABEL_SCHEME = "lab.scheme"
"""What the entry speaks: http or https."""
LABEL_PAGE = "lab.page"
"""Whoever has it publishes a page for people to look at, and is not where the stack answers."""

_KEPT = "kept"
_TURN = "turn.lock"
_OWNER = re.compile(r"-u(\d+)$")
"""How the id of a session ends: whose it is."""
_POLL_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A living process's claim on what carries its id."""

    id: str
    file: IO[str]

    def keep(self) -> None:
        """Say that what this session created should outlive it (`lab up` that has come to its end)."""
        _write(self.file, {"id": self.id, "state": _KEPT, "command": command_line()})


def command_line() -> str:
    """What the user typed, as near as can be told; of a secret its digest."""
    return shlex.join(["lab", *map(in_argument, sys.argv[1:])])


@contextmanager
def open_session(purpose: Purpose) -> Iterator[Session]:
    """Hold a new session until the block ends. Its file goes then, unless it was kept."""
    moment = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    identity = f"{purpose}-{moment}-{secrets.token_hex(3)}-u{os.getuid()}"
    path = _path(identity)
    with path.open("w+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        _write(file, {"id": identity, "state": "running", "pid": os.getpid(), "command": command_line()})
        session = Session(id=identity, file=file)
        try:
            yield session
        finally:
            if _state(path) != _KEPT:
                path.unlink(missing_ok=True)


def abandoned(identity: str) -> bool:
    """Whether the process that created what carries this id is gone and did not mean it to stay."""
    if _is_anothers(identity):
        return False
    path = _path(identity)
    if not path.exists():
        # After a reboot the files are gone: a benchmark's containers are left-overs then, a user's stack is not.
        return identity.startswith("bench-")
    return not _locked(path) and _state(path) != _KEPT


def whose(identity: str) -> Whose:
    """What has become of the call that made what carries this id."""
    if _is_anothers(identity):
        return "another user's"
    if abandoned(identity):
        return LEFT
    return "to stay" if identity.startswith("up-") and not _is_at_work(identity) else "of a call at work"


def _is_at_work(identity: str) -> bool:
    path = _path(identity)
    return path.exists() and _locked(path)


def forget(identity: str) -> None:
    """Drop the file of a session whose containers have been removed."""
    if not _is_anothers(identity):
        _path(identity).unlink(missing_ok=True)


def _path(identity: str) -> Path:
    return commons.own() / f"{identity}.json"


def _is_anothers(identity: str) -> bool:
    """Whether a session is another user's; an id that does not say whose it is counts as this one's."""
    owner = _OWNER.search(identity)
    return owner is not None and int(owner[1]) != os.getuid()


@contextmanager
def turn(*, wait_s: float = 0.0) -> Iterator[None]:
    """Be the only lab process that starts, builds or measures on this host, whoever else uses it.

    First come, first served. Raises HostBusy, naming the other, if the turn does not come within `wait_s`.
    """
    deadline = time.monotonic() + wait_s
    with ExitStack() as held:
        with line.place() as is_first:
            for path in commons.places(_TURN):
                file = held.enter_context(commons.open_shared(path))
                _acquire(file, is_first, deadline=deadline)
                held.callback(_write, file, {})
                _write(file, {"pid": os.getpid(), "command": command_line(), "since": time.strftime("%H:%M:%S")})
        yield


def _acquire(file: IO[str], is_first: Callable[[], bool], *, deadline: float) -> None:
    while not (is_first() and _taken(file)):
        if time.monotonic() >= deadline:
            raise _busy(file)
        time.sleep(_POLL_S)


def _taken(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _busy(file: IO[str]) -> HostBusy:
    holder = _read(file)
    who = (
        f"process {holder['pid']} since {holder['since']}: {holder['command']}"
        if "since" in holder
        else "others came first"
    )
    return HostBusy(
        "another lab process is at work on this host, and two loads would disturb each other",
        where=who,
        fix="wait for it to end, or let this one wait: --wait SECONDS",
    )


def _locked(path: Path) -> bool:
    with path.open("r", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _state(path: Path) -> str:
    with path.open("r", encoding="utf-8") as file:
        return str(_read(file).get("state", ""))


def _read(file: IO[str]) -> dict[str, str]:
    file.seek(0)
    try:
        content = json.load(file)
    except json.JSONDecodeError:
        return {}
    return content if isinstance(content, dict) else {}


def _write(file: IO[str], content: dict[str, object]) -> None:
    file.seek(0)
    file.truncate()
    json.dump(content, file)
    file.flush()

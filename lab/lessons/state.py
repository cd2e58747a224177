"""What a learner has done, in one JSON file that is replaced as a whole: a full disk or Ctrl-C leaves the old one."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lab.host.say import Say

FILE, LOCK = "state.json", ".state.lock"


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_assignment=True)


class Predicted(_Kept):
    """What a learner expected."""

    answer: Annotated[float, Field(allow_inf_nan=False)] | str
    reason: str
    sure_percent: int
    at: str


class Observed(_Kept):
    """What the learner's machine showed."""

    value: int | float | str
    low: float | None = None
    high: float | None = None
    shown: str
    at: str


class Progress(_Kept):
    """One lesson of a learner."""

    digest: str
    """Of the lesson as it was at the start."""
    started_at: str | None = None
    """When something was first done in it; a reset lesson is as one that was never started."""
    resets: int = 0
    """How often it was begun anew."""
    predictions: dict[str, Predicted] = {}
    observations: dict[str, Observed] = {}
    hints: int = 0
    checks: int = 0
    solved_at: str | None = None
    """When the solution was put in by the lab."""
    passed_at: str | None = None


class LearnerState(_Kept):
    """All lessons of a learner, by the names of their folders."""

    schema_version: Literal[1] = 1
    learner: str
    current: str | None = None
    lessons: dict[str, Progress] = {}


def now() -> str:
    """The moment, to the second, in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def load(folder: Path, learner: str, *, say: Say) -> LearnerState:
    """The state in a learner's folder, or a new one. A damaged file is kept aside, and it is said where."""
    path = folder / FILE
    try:
        return LearnerState.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return LearnerState(learner=learner)
    except ValidationError as error:
        aside = _free(path)
        path.replace(aside)
        say(f"{path} was damaged ({reason(error)}): kept as {aside.name}, and a new one is begun")
        return LearnerState(learner=learner)


@contextmanager
def changing(folder: Path, learner: str, *, say: Say) -> Iterator[LearnerState]:
    """The state as it stands on the disk now, kept when the block ends; other processes wait so long.

    So two terminals change what each of them is about, and nothing else. Raises OSError where nothing can be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        fresh = load(folder, learner, say=say)
        yield fresh
        save(folder, fresh)


def reason(error: ValidationError) -> str:
    """What is wrong with a state file: the key, where it is that of one, and what is the matter."""
    first = error.errors()[0]
    return ": ".join(filter(None, (".".join(map(str, first["loc"])), first["msg"])))


def _free(path: Path) -> Path:
    """A name beside the file that nothing has yet."""
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    names = (path.with_name(f"{path.name}.damaged-{moment}{f'-{number}' if number else ''}") for number in range(1000))
    return next(name for name in names if not name.exists())


def save(folder: Path, state: LearnerState) -> None:
    """Replace the file at once. Raises OSError where it cannot be written; the old one is whole then."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{FILE}-", dir=folder)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(state.model_dump_json(indent=1) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, folder / FILE)  # noqa: PTH105 - a path as text, from mkstemp
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise

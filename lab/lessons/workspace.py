"""The learner's own files: a copy of the project for each lesson, and what has been changed in it."""

import difflib
import getpass
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from lab.errors import LabError, UsageError
from lab.lessons.lessonfile import SOLUTION, START, Lesson, files_in

NOT_COPIED = {".git", ".venv", "results", "build", "lessons", "tests"}
"""At the top of the project. A learner needs no past, no environment, no runs, no solutions, and none of our tests."""
CACHES = shutil.ignore_patterns("__pycache__", "*.egg-info", ".*_cache", ".hypothesis", "node_modules")
FILES, BEGUN = "files", ".begun"
"""What the learner edits, and the same as it was at the start."""
KEPT = "before-"
"""So begin the names of folders beside them: what the learner had written when a verb replaced it."""
PROJECT = ".project"
"""Beside them: where the project is that they were copied from."""
_NAME = re.compile(r"[a-z][a-z0-9]{0,19}")
_RESULTS = "results"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """The folder of one learner."""

    root: Path
    learner: str

    @property
    def folder(self) -> Path:
        """All that this learner has."""
        return self.root / self.learner

    def of(self, lesson: Lesson) -> Path:
        """The copy of the project that the learner edits in a lesson."""
        return self.folder / lesson.name / FILES

    def begun(self, lesson: Lesson) -> Path:
        """The same as it was at the start."""
        return self.folder / lesson.name / BEGUN


def at(learner: str | None, root: Path | None) -> Workspace:
    """The workspace of a learner, by default of who is logged in, in the user's state folder.

    Raises UsageError for a name that cannot stand in the names of containers.
    """
    chosen = learner or re.sub(r"[^a-z0-9]", "", getpass.getuser().lower()) or "learner"
    if not _NAME.fullmatch(chosen):
        fix = "up to 20 lower-case letters and digits, a letter first: --learner ada"
        raise UsageError(f"{chosen!r} cannot be a learner's name", where="--learner", fix=fix)
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state")
    return Workspace(root=(root or state / "lab" / "workspace").absolute(), learner=chosen)


def around(root: Path) -> tuple[Path, Workspace] | None:
    """Of a learner's copy of the project: the project that it was copied from, and the workspace that it is in."""
    note = root.parent / PROJECT
    if root.name not in (FILES, BEGUN) or not note.is_file():
        return None
    learner = root.parent.parent
    return Path(note.read_text("utf-8").strip()), Workspace(root=learner.parent, learner=learner.name)


def begin(project: Path, workspace: Workspace, lesson: Lesson) -> Path:
    """A fresh copy of the project with what the lesson starts from; of what was there before stays what was kept aside.

    It takes the old one's place when it is whole: Ctrl-C or a full disk leaves the old one. Raises LabError.
    """
    home = workspace.of(lesson).parent
    fresh = home.with_name(f".{home.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        copy(project, fresh / BEGUN)
        _lay_over(lesson.folder / START, fresh / BEGUN)
        shutil.copytree(fresh / BEGUN, fresh / FILES, symlinks=True)
        (fresh / PROJECT).write_text(f"{project.absolute()}\n", "utf-8")
        for kept in home.glob(f"{KEPT}*"):
            shutil.copytree(kept, fresh / kept.name)
    except OSError as error:
        shutil.rmtree(fresh, ignore_errors=True)
        raise LabError(
            f"the project could not be copied: {_reason(error)}",
            where=str(fresh),
            fix="make room there, or name another folder with LAB_WORKSPACE",
        ) from None
    shutil.rmtree(home, ignore_errors=True)
    fresh.replace(home)
    return workspace.of(lesson)


def _reason(error: OSError) -> str:
    """What went wrong first, where many files of a tree could not be copied."""
    several = error.args[0] if isinstance(error, shutil.Error) else ()
    return str(several[0][2]) if several else error.strerror or str(error)


def copy(project: Path, to: Path) -> None:
    """What a learner gets of a project. Raises OSError."""

    def ignored(folder: str, names: list[str]) -> set[str]:
        top = NOT_COPIED if Path(folder) == project else set()
        return {*CACHES(folder, names), *(top & set(names))}

    shutil.copytree(project, to, symlinks=True, ignore=ignored)


def _lay_over(files: Path, to: Path) -> None:
    for name in files_in(files):
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(files / name, to / name)


def solve(workspace: Workspace, lesson: Lesson) -> list[Path]:
    """Put the solution into the learner's copy; the names of its files."""
    _lay_over(lesson.folder / SOLUTION, workspace.of(lesson))
    return list(files_in(lesson.folder / SOLUTION))


def keep_aside(workspace: Workspace, lesson: Lesson, *, before: Literal["solve", "reset"]) -> list[Path]:
    """Copies of the learner's own files that a solution replaces or a reset drops, in a new folder beside the files."""
    files, begun, solution = workspace.of(lesson), workspace.begun(lesson), lesson.folder / SOLUTION
    names = files_in(solution) if before == "solve" else changed(workspace, lesson)
    own = [name for name in names if not _is_one_of(files / name, begun / name, solution / name)]
    if not own:
        return []
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    aside = Path(tempfile.mkdtemp(prefix=f"{KEPT}{before}-{moment}-", dir=files.parent))
    for name in own:
        (aside / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(files / name, aside / name)
    return [aside / name for name in own]


def _is_one_of(path: Path, *known: Path) -> bool:
    """Whether a file is as one of those is, or is not there."""
    return not path.is_file() or any(one.is_file() and one.read_bytes() == path.read_bytes() for one in known)


@contextmanager
def laid_over(project: Path, to: Path, lesson: Lesson) -> Iterator[Iterator[str]]:
    """A lesson in a copy of the project, which is afterwards as it was: first its start, then its solution too."""
    names = [name for part in (START, SOLUTION) for name in files_in(lesson.folder / part)]

    def parts() -> Iterator[str]:
        for part in (START, SOLUTION):
            _lay_over(lesson.folder / part, to)
            yield part

    try:
        yield parts()
    finally:
        for name in names:
            _put_back(project, to, name)


def _put_back(project: Path, to: Path, name: Path) -> None:
    """A file of the copy as the project has it; with the folders that the project does not have, if it has none."""
    foreign = [path for path in (name, *name.parents) if not (project / path).exists()]
    if not foreign:
        shutil.copy2(project / name, to / name)
    elif (to / foreign[-1]).is_dir():
        shutil.rmtree(to / foreign[-1])
    else:
        (to / foreign[-1]).unlink(missing_ok=True)


def changes(workspace: Workspace, lesson: Lesson) -> Iterator[str]:
    """What the learner has changed since the start, as lines of a diff."""
    files, begun = workspace.of(lesson), workspace.begun(lesson)
    for name in changed(workspace, lesson):
        before, after = _text(begun / name), _text(files / name)
        yield from difflib.unified_diff(before, after, f"start/{name}", f"yours/{name}", lineterm="")


def changed(workspace: Workspace, lesson: Lesson) -> list[Path]:
    """The names of the files that are not as they were at the start."""
    files, begun = workspace.of(lesson), workspace.begun(lesson)
    names = sorted({*_sources(files), *_sources(begun)})
    return [name for name in names if _text(begun / name) != _text(files / name)]


def _sources(folder: Path) -> Iterator[Path]:
    return (name for name in files_in(folder) if name.parts[0] != _RESULTS and "__pycache__" not in name.parts)


def _text(path: Path) -> list[str]:
    return path.read_text("utf-8", errors="replace").splitlines() if path.is_file() else []

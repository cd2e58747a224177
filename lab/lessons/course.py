"""The lessons of a project in their order, and a learner at work on them: where each stands."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lab.errors import UsageError
from lab.host.say import Say
from lab.lessons import lessonfile, state
from lab.lessons.lessonfile import Lesson
from lab.lessons.state import LearnerState, Progress
from lab.lessons.workspace import Workspace

FOLDER = "lessons"
Standing = Literal["new", "started", "passed", "solved by the lab"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A learner at work: the project that lessons are copied from, the learner's files, and what is done so far."""

    project: Path
    workspace: Workspace
    state: LearnerState
    say: Say

    @contextmanager
    def changing_all(self) -> Iterator[LearnerState]:
        """The learner's whole state as it is now, whatever other terminals did meanwhile; kept when the block ends."""
        with state.changing(self.workspace.folder, self.workspace.learner, say=self.say) as fresh:
            yield fresh
        self.state.current, self.state.lessons = fresh.current, fresh.lessons

    @contextmanager
    def changing(self, lesson: Lesson) -> Iterator[Progress]:
        """The same for one lesson, which counts as started from then on.

        Raises UsageError for a lesson that was begun anew since this desk was sat down at: what was done is of before.
        """
        known = self._known(lesson).resets
        with self.changing_all() as fresh:
            progress = fresh.lessons.get(lesson.name)
            if progress is None or progress.resets != known:
                what = f"lesson {lesson.number} was begun anew in another terminal: nothing of this is kept"
                raise UsageError(what, fix=f"lab lesson status {lesson.number}")
            progress.started_at = progress.started_at or state.now()
            yield progress

    def progress(self, lesson: Lesson) -> Progress:
        """What is done of a lesson; one that has changed since is said to have. Raises UsageError before its start."""
        progress = self._known(lesson)
        if progress.digest != lesson.digest:
            self.say(
                f"lesson {lesson.number} has been changed since you started it; your files are those of before. "
                f"`lab lesson reset {lesson.number}` begins it anew"
            )
        return progress

    def _known(self, lesson: Lesson) -> Progress:
        if lesson.name not in self.state.lessons or not self.workspace.of(lesson).is_dir():
            raise UsageError(f"lesson {lesson.number} has not been started", fix=f"lab lesson start {lesson.number}")
        return self.state.lessons[lesson.name]

    def chosen(self, number: int | None) -> Lesson:
        """The lesson of that number, else the one that was started last, else the first. Raises UsageError."""
        if number is not None:
            return find(self.project, number)
        paths = folders(self.project)
        current = next((path for path in paths if path.name == self.state.current), paths[0])
        return lessonfile.load(current)


def sit_down(project: Path, where: Workspace, *, say: Say) -> Desk:
    """The learner's desk as it was left. A damaged state is kept aside, and said."""
    return Desk(project=project, workspace=where, state=state.load(where.folder, where.learner, say=say), say=say)


def folders(project: Path) -> list[Path]:
    """The lessons of a project. Raises UsageError if there is none."""
    found = lessonfile.folders(project / FOLDER)
    if not found:
        fix = "change to a clone of the lab, or name one with LAB_ROOT"
        raise UsageError("there are no lessons here", where=str(project / FOLDER), fix=fix)
    return found


def find(project: Path, number: int) -> Lesson:
    """The lesson of that number. Raises UsageError if there is none, InvalidFile if it has mistakes."""
    for path in folders(project):
        if path.name.startswith(f"{number:02}-"):
            return lessonfile.load(path)
    known = ", ".join(str(int(path.name[:2])) for path in folders(project))
    raise UsageError(f"there is no lesson {number}", where=str(project / FOLDER), fix=f"there are {known}")


def following(desk: Desk, number: int | None = None) -> Lesson:
    """The lesson after that number, else after the current one. Raises UsageError after the last."""
    paths = folders(desk.project)
    names = [path.name for path in paths]
    current = desk.state.current if number is None else find(desk.project, number).name
    position = names.index(current) + 1 if current in names else 0
    if position >= len(paths):
        raise UsageError("that was the last lesson", fix="lab lesson list shows which are still open")
    return lessonfile.load(paths[position])


def standing(lessons: Mapping[str, Progress], name: str) -> Standing:
    """Where a learner stands in a lesson."""
    progress = lessons.get(name)
    if progress is None:
        return "new"
    if progress.passed_at and (progress.solved_at is None or progress.passed_at < progress.solved_at):
        return "passed"
    if progress.solved_at:
        return "solved by the lab"
    return "started" if progress.started_at else "new"


def still_open(desk: Desk) -> int | None:
    """The number of the next lesson that is neither passed nor solved, from the current one on; None if all are."""
    names = [path.name for path in folders(desk.project)]
    at = names.index(desk.state.current) if desk.state.current in names else 0
    return next((int(name[:2]) for name in (*names[at:], *names[:at]) if _is_open(desk, name)), None)


def _is_open(desk: Desk, name: str) -> bool:
    return standing(desk.state.lessons, name) in ("new", "started")

"""Plays a lesson as a learner does, from its start to its solution and back."""

import json
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.lessons import lessonfile
from lab.lessons.lessonfile import Lesson
from tests.e2e.driving import ROOT, Lab

NOT_YET = 6
CANNOT_JUDGE = 7
TRIES = 5
"""Of a measurement on a machine where something else runs just now."""
LESSONS = {int(path.name[:2]): path for path in lessonfile.folders(ROOT / "lessons")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Learner:
    """Somebody with a workspace of their own."""

    lab: Lab
    workspace: Path
    name: str

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.lab("lesson", *arguments, LAB_WORKSPACE=str(self.workspace), LAB_LEARNER=self.name, LAB_WAIT="600")

    def ok(self, *arguments: str) -> str:
        done = self(*arguments)
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return done.stdout

    def check(self, lesson: Lesson) -> int:
        """The exit code of a check that could be judged."""
        for _ in range(TRIES):
            done = self("check", str(lesson.number))
            if done.returncode != CANNOT_JUDGE:
                return done.returncode
        return done.returncode

    def files(self, lesson: Lesson) -> Path:
        return self.workspace / self.name / lesson.name / "files"


def play(learner: Learner, number: int, *, all_of_it: bool) -> float:
    """What must be true of any lesson; returns the seconds that it took, waiting for others on the host included.

    With `all_of_it` the observations are looked at as well, each hint is asked for, what is harmless is done twice, and
    each check that a learner may run in between is run.
    """
    began = time.monotonic()
    lesson = lessonfile.load(LESSONS[number])
    one = str(number)
    try:
        assert lesson.task.splitlines()[0] in learner.ok("start", one)
        if all_of_it:
            _predict_and_observe(learner, lesson)
            assert learner.check(lesson) == NOT_YET, "nothing was changed yet"
        _touch(learner.files(lesson), lessonfile.files_in(lesson.folder / lessonfile.SOLUTION))
        assert learner.check(lesson) == NOT_YET, "what was changed changes nothing"
        if all_of_it:
            _take_every_hint(learner, lesson)
            learner.ok("solve", one)
            assert learner.check(lesson) == 0
        learner.ok("solve", one)
        assert learner.check(lesson) == 0
        learner.ok("reset", one)
        assert "nothing has been changed" in learner.ok("edit", one)
        assert not all_of_it or learner.check(lesson) == NOT_YET, "reset always resets"
    finally:
        learner.ok("stop")
    return time.monotonic() - began


def _predict_and_observe(learner: Learner, lesson: Lesson) -> None:
    for prediction in lesson.file.predictions:
        answer = next(iter(prediction.choices), "1")
        learner.ok("predict", str(lesson.number), "--answer", answer, "--reason", "a guess", "--sure", "10")
    assert lesson.why in learner.ok("observe", str(lesson.number))
    kept = json.loads(learner.ok("status", str(lesson.number), "--json"))
    assert set(kept["observations"]) == {one.id for one in lesson.observations}


def _take_every_hint(learner: Learner, lesson: Lesson) -> None:
    given = [learner.ok("hint", str(lesson.number)).splitlines()[0] for _ in lesson.hints]
    assert given == [hint.splitlines()[0] for hint in lesson.hints]


def _touch(files: Path, names: Sequence[Path]) -> None:
    """Write a comment into what the solution changes: an edit, and no answer."""
    for path in (files / name for name in names):
        if path.is_file():
            path.write_text(path.read_text("utf-8") + "\n# I was here.\n", "utf-8")

"""What the verbs of `lab lesson` share: options, the learner's desk, and what several of them ask and print."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from lab.cli import output
from lab.cli.options import this_machine
from lab.errors import Inconclusive, NotYet, UsageError

if TYPE_CHECKING:
    from lab.lessons.course import Desk
    from lab.lessons.lessonfile import Lesson, Prediction
    from lab.lessons.playing import Checked, Room

Number = Annotated[
    int | None, typer.Argument(metavar="[N]", min=1, help="Which lesson; the one you are at, if not given.")
]
Learner = Annotated[
    str | None, typer.Option("--learner", envvar="LAB_LEARNER", help="Whose files and stacks; yours by default.")
]
WorkspaceOption = Annotated[
    Path | None, typer.Option("--workspace", envvar="LAB_WORKSPACE", help="Where the files of learners are.")
]
WaitForOthers = Annotated[
    float, typer.Option("--wait", envvar="LAB_WAIT", min=0, help="Seconds to wait for another lab process.")
]
PATIENT_S = 300.0
Answer = TypeVar("Answer")


def desk_of(learner: str | None, root: Path | None) -> "Desk":
    """The desk of a learner in this project. Raises UsageError."""
    from lab.catalog import project_root
    from lab.lessons import course, workspace

    project = project_root()
    where = workspace.at(learner, root)
    if copied := workspace.around(project):  # typed inside of the learner's own files
        project, around = copied
        where = around if learner is None and root is None else where
    return course.sit_down(project, where, say=output.say)


@contextmanager
def timed() -> Iterator[None]:
    """Say how long the block took, waiting for others on the host included."""
    began = time.monotonic()
    yield
    output.say(f"took {time.monotonic() - began:.0f} s")


def room(wait: float) -> "Room":
    """This host, and how long to wait for others on it."""
    from lab.lessons.playing import Room

    return Room(machine=this_machine(), wait_s=wait)


def begin(desk: "Desk", lesson: "Lesson", *, wait: float) -> None:
    """Lay the files out, bring the stacks up, and show the task."""
    from lab.lessons import playing

    files = playing.lay_out(desk, lesson)
    output.say(f"lesson {lesson.number}: your files are in {files}")
    here = room(wait)
    if left := playing.clear(desk, lesson, here):
        output.say(f"taken down, from other lessons: {', '.join(left)}")
    stage = playing.bring_up(desk, lesson, here, files=files)
    output.print_text(lesson.task)
    output.print_table(
        ("stack", "what it is", "answers on", "its Compose project"),
        [(key, plan.deployment.name, plan.url, plan.project.name) for key, plan in stage.stacks.items()],
    )
    print(f"\nyour files: {files}\nnext: lab lesson predict {lesson.number}")


def asked(desk: "Desk", lesson: "Lesson", which: str | None) -> list["Prediction"]:
    """The predictions to ask for: the one named, else those that are open. Raises UnknownName, UsageError."""
    from lab.errors import UnknownName
    from lab.lessons import playing

    known = {one.id: one for one in lesson.file.predictions}
    if which is not None:
        if which not in known:
            raise UnknownName("prediction", which, known)
        return [known[which]]
    wanted = playing.open_predictions(lesson, desk.progress(lesson))
    if not wanted:
        fix = f"lab lesson observe {lesson.number}; or name one with --for to change it"
        raise UsageError("all predictions of this lesson are made", where=", ".join(known), fix=fix)
    return wanted


def question(prediction: "Prediction") -> str:
    """A prediction with its unit and its choices, for people."""
    choices = "".join(f"\n        {key}: {text}" for key, text in prediction.choices.items())
    unit = f" (in {prediction.unit})" if prediction.unit else ""
    return f"{prediction.id}: {prediction.ask.strip()}{unit}{choices}"


def predict(
    desk: "Desk",
    lesson: "Lesson",
    prediction: "Prediction",
    *,
    answer: str | None,
    reason: str | None,
    sure: str | None,
) -> None:
    """Ask for what was not given on the command line, until it can be, and keep the prediction. Raises UsageError."""
    from lab.lessons import answers, playing
    from lab.lessons.state import Predicted, now

    if answer is None:
        print(f"\n{question(prediction)}")
        value = _asked_for("your answer", lambda text: answers.read(prediction, text))
    else:
        value = answers.read(prediction, answer)
    why = _asked_for("why", _reason) if reason is None else _reason(reason)
    sure_percent = _asked_for("how sure, in percent", answers.sure) if sure is None else answers.sure(sure)
    predicted = Predicted(answer=value, reason=why, sure_percent=sure_percent, at=now())
    playing.predict(desk, lesson, prediction, predicted)
    print(f"kept: {prediction.id}: {answers.said(prediction, predicted)}, {predicted.sure_percent}% sure")


def _reason(text: str) -> str:
    if not text.strip():
        raise UsageError("a prediction has a reason, and you are more or less sure of it", fix="--reason … --sure 70")
    return text.strip()


def _asked_for(what: str, read: Callable[[str], Answer]) -> Answer:
    """What is typed, read; what cannot be is said, and asked for again. Raises UsageError off a terminal."""
    if not sys.stdin.isatty():
        _reason("")
    while True:
        try:
            return read(typer.prompt(what, err=True))
        except UsageError as error:
            output.say(str(error))


@contextmanager
def going_on(desk: "Desk", lesson: "Lesson", verb: str) -> Iterator[None]:
    """Who leaves in the middle, by Ctrl-C or Ctrl-D, is told what is kept and how to go on."""
    try:
        yield
    except (KeyboardInterrupt, typer.Abort):
        progress = desk.progress(lesson)
        kept = progress.predictions if verb == "predict" else progress.observations
        output.say(f"\nkept: {', '.join(kept) or 'nothing yet'}; to go on: lab lesson {verb} {lesson.number}")
        raise KeyboardInterrupt from None


def beside(desk: "Desk", lesson: "Lesson") -> list[tuple[str, ...]]:
    """Each prediction that was made beside what was seen."""
    from lab.lessons import answers

    progress = desk.progress(lesson)
    rows: list[tuple[str, ...]] = []
    for one in lesson.file.predictions:
        if (predicted := progress.predictions.get(one.id)) is None:
            rows.append((one.id, "-", "-", "-", "not made yet"))
            continue
        observed = progress.observations.get(one.observation)
        seen = ("-", "not observed yet") if observed is None else (observed.shown, answers.outcome(predicted, observed))
        rows.append((one.id, answers.said(one, predicted), f"{predicted.sure_percent}%", *seen))
    return rows


def told(one: "Checked") -> str:
    """One check for people: what was seen, and where that is not it yet, what is expected and a word on it."""
    lines = [f"{one.mark}: {one.says.strip()}", f"seen: {one.seen}"]
    if one.mark == "not yet":
        lines += [f"expected: {one.expected}", one.otherwise.strip()]
    return "\n    ".join(lines)


def judge(desk: "Desk", lesson: "Lesson", results: list["Checked"], *, json: bool) -> None:
    """Say that the lesson is passed, by whom, and ask its question. Raises NotYet or Inconclusive."""
    from lab.lessons import course

    failed = [one for one in results if one.mark == "not yet"]
    if failed:
        where, fix = f"{len(failed)} of {len(results)} checks", f"lab lesson hint {lesson.number}"
        raise NotYet(f"lesson {lesson.number}: not yet", where=where, fix=fix)
    if unsure := [one for one in results if one.mark == "cannot judge"]:
        where, fix = f"{len(unsure)} of {len(results)} checks", "run it again when less else happens on this machine"
        raise Inconclusive(f"lesson {lesson.number}: cannot judge", where=where, fix=fix)
    if not json:
        standing = course.standing(desk.state.lessons, lesson.name)
        print(f"\nlesson {lesson.number} is {standing}. A question without a single right answer:")
        output.print_text(lesson.file.question.strip())
        print("\nnext: lab lesson next")

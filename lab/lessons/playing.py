"""What each verb does: start, observe, check, solve and their like. It is the command line that prints."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.catalog import load_catalog
from lab.deploy import owned
from lab.deploy.prepare import Plan
from lab.deploy.stack_up import UpRequest
from lab.errors import HostError, Inconclusive, LabError, UsageError
from lab.host import budget as budgets
from lab.lessons import course, looking, workspace
from lab.lessons.course import Desk
from lab.lessons.judging import Mark, Seen, mark
from lab.lessons.lessonfile import Lesson, LessonCheck, Prediction
from lab.lessons.state import Observed, Predicted, Progress, now
from lab.model import Machine

COMES_UP = "comes-up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One check with what was seen and what follows from it."""

    check: str
    says: str
    mark: Mark
    seen: str
    otherwise: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Where stacks come up: the host, and how long to wait for others who measure there."""

    machine: Machine
    wait_s: float


def lay_out(desk: Desk, lesson: Lesson) -> Path:
    """The learner's files of a lesson: a fresh copy if there are none, else as they were left."""
    files = desk.workspace.of(lesson)
    if lesson.name in desk.state.lessons and files.is_dir():
        desk.progress(lesson)
    else:
        reset(desk, lesson)
    desk.state.current = lesson.name
    desk.save()
    return files


def reset(desk: Desk, lesson: Lesson) -> None:
    """Begin a lesson anew: files, predictions, observations and hints."""
    workspace.begin(desk.project, desk.workspace, lesson)
    desk.state.lessons[lesson.name] = Progress(digest=lesson.digest, started_at=now())
    desk.save()


def bring_up(desk: Desk, lesson: Lesson, room: Room) -> Mapping[str, Plan]:
    """Have the lesson's stacks up as the learner's files say now, by their keys.

    Raises InvalidFile, Unhealthy or LabError for files that do not work, HostError where this machine is to blame.
    """
    catalog = load_catalog(desk.workspace.of(lesson))
    requests = [
        UpRequest(
            catalog=catalog,
            deployment=catalog.deployment(use.stack, settings=use.settings),
            machine=room.machine,
            budget=budgets.plan(room.machine, cpus=use.cpus, memory_mib=use.memory_mib),
            port=0,
            owner=f"{desk.workspace.learner}-{key}",
        )
        for key, use in lesson.file.stacks.items()
    ]
    plans = owned.bring_up(requests, wait_s=room.wait_s, say=desk.say)
    return dict(zip(lesson.file.stacks, plans, strict=True))


def open_predictions(lesson: Lesson, progress: Progress) -> list[Prediction]:
    """Those that are still to be made."""
    return [one for one in lesson.file.predictions if one.id not in progress.predictions]


def has_seen(lesson: Lesson, progress: Progress) -> bool:
    """Whether all has been observed that the lesson has to show, so that its why gives nothing away."""
    return all(one.id in progress.observations for one in lesson.observations)


def predict(desk: Desk, lesson: Lesson, prediction: Prediction, predicted: Predicted) -> None:
    """Keep a prediction. Raises UsageError for one whose answer has been seen."""
    progress = desk.progress(lesson)
    if prediction.observation in progress.observations:
        fix = f"lab lesson reset {lesson.number} begins the lesson anew"
        raise UsageError("you have seen the answer: a prediction comes before it", where=prediction.id, fix=fix)
    progress.predictions[prediction.id] = predicted
    desk.save()


def observe(desk: Desk, lesson: Lesson, room: Room) -> dict[str, Seen]:
    """Look at everything that the lesson has to show. Raises UsageError while a prediction is missing."""
    progress = desk.progress(lesson)
    if missing := open_predictions(lesson, progress):
        names = ", ".join(one.id for one in missing)
        fix = f"lab lesson predict {lesson.number}"
        raise UsageError("predict first: who has seen it no longer wonders", where=f"still open: {names}", fix=fix)
    places = bring_up(desk, lesson, room)
    seen = {}
    with owned.patient_turn(wait_s=room.wait_s, say=desk.say):
        for one in lesson.observations:
            desk.say(f"looking: {one.id}")
            found = seen[one.id] = looking.look(one.probe, places)
            progress.observations[one.id] = Observed(
                value=found.value, low=found.low, high=found.high, shown=found.brief, at=now()
            )
            desk.save()
    return seen


def check(desk: Desk, lesson: Lesson, room: Room) -> list[Checked]:
    """Look at everything that must hold. What the learner's files break is *not yet*; the host's faults are raised."""
    progress = desk.progress(lesson)
    progress.checks += 1
    try:
        places = bring_up(desk, lesson, room)
    except HostError:
        raise
    except LabError as error:
        results = [_does_not_come_up(error)]
    else:
        with owned.patient_turn(wait_s=room.wait_s, say=desk.say):
            results = [_checked(one, places) for one in lesson.checks]
    passed = all(one.mark == "pass" for one in results)
    if passed and progress.passed_at is None:
        progress.passed_at = now()
    desk.save()
    return results


def _does_not_come_up(error: LabError) -> Checked:
    return Checked(
        check=COMES_UP,
        says="the stacks of the lesson come up",
        mark="not yet",
        seen=str(error),
        otherwise="`lab lesson edit` shows what you changed; something in it stops them",
    )


def _checked(one: LessonCheck, places: Mapping[str, Plan]) -> Checked:
    said: Mark
    try:
        seen = looking.look(one.probe, places)
        said, shown = mark(seen, one.expect), seen.shown
    except HostError:
        raise
    except Inconclusive as error:
        said, shown = "cannot judge", str(error)
    except LabError as error:
        said, shown = "not yet", str(error)
    return Checked(check=one.id, says=one.says, mark=said, seen=shown, otherwise=one.otherwise)


def hint(desk: Desk, lesson: Lesson) -> tuple[int, str]:
    """The next hint and its number; the last one again where all have been given."""
    progress = desk.progress(lesson)
    progress.hints = min(progress.hints + 1, len(lesson.hints))
    desk.save()
    return progress.hints, lesson.hints[progress.hints - 1]


def solve(desk: Desk, lesson: Lesson) -> list[Path]:
    """Put the solution into the learner's files; the names of those that it has."""
    progress = desk.progress(lesson)
    names = workspace.solve(desk.workspace, lesson)
    progress.solved_at = progress.solved_at or now()
    desk.save()
    return names


def catch_up(desk: Desk, to: Lesson) -> list[str]:
    """Solve each lesson before one that is not passed yet, in the files; the names of those that were."""
    caught = []
    for path in course.folders(desk.project):
        earlier = course.find(desk.project, int(path.name[:2]))
        if earlier.number < to.number and course.standing(desk.state.lessons, earlier.name) in ("new", "started"):
            lay_out(desk, earlier)
            solve(desk, earlier)
            caught.append(earlier.name)
    return caught

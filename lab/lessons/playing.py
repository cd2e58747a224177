"""What each verb does: start, observe, check, solve and their like. It is the command line that prints."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lab.catalog import load_catalog
from lab.deploy import compose, owned
from lab.deploy.stack_up import UpRequest
from lab.errors import HostError, Inconclusive, LabError, UsageError
from lab.host import budget as budgets
from lab.lessons import answers, course, looking, workspace
from lab.lessons.course import Desk
from lab.lessons.judging import Mark, Seen, expected, mark
from lab.lessons.lessonfile import Lesson, LessonCheck, Observation, Prediction
from lab.lessons.looking import Stage
from lab.lessons.probes import stacks_of
from lab.lessons.state import Observed, Predicted, Progress, now
from lab.model import Machine

COMES_UP = "comes-up"
UNTOLD = "told once you have predicted (lab lesson predict {})"
Look = Observation | LessonCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One check with what was seen and what follows from it."""

    check: str
    says: str
    mark: Mark
    seen: str
    expected: str = ""
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
    with desk.changing(lesson):
        pass  # it counts as started
    with desk.changing_all() as fresh:
        fresh.current = lesson.name
    return files


def reset(desk: Desk, lesson: Lesson) -> None:
    """Begin a lesson anew, as before its start: files, predictions, observations, hints, and that it was passed.

    What the learner had written is kept, and said.
    """
    _keep_aside(desk, lesson, before="reset")
    workspace.begin(desk.project, desk.workspace, lesson)
    with desk.changing_all() as fresh:
        before = fresh.lessons.get(lesson.name)
        fresh.lessons[lesson.name] = Progress(digest=lesson.digest, resets=before.resets + 1 if before else 0)


def _keep_aside(desk: Desk, lesson: Lesson, *, before: Literal["solve", "reset"]) -> None:
    for path in workspace.keep_aside(desk.workspace, lesson, before=before):
        desk.say(f"your own is kept: {path}")


def names_of(lesson: Lesson) -> list[str]:
    """What the stacks of a lesson are called after the learner's name."""
    return [f"{key}-{use.stack.partition('@')[0]}" for key, use in lesson.file.stacks.items()]


def clear(desk: Desk, lesson: Lesson, room: Room) -> list[str]:
    """Take down what the learner has up of other lessons; their names. It would only be at work beside this one.

    Raises HostBusy, EngineUnavailable.
    """
    with owned.patient_turn(wait_s=room.wait_s, say=desk.say):
        return owned.take_down(desk.workspace.learner, but=names_of(lesson))


def bring_up(desk: Desk, lesson: Lesson, room: Room, *, files: Path, looks: Sequence[Look] | None = None) -> Stage:
    """Have the lesson's stacks up, by their keys, as those files say; with `looks`, only the stacks that these look at.

    Raises InvalidFile, Unhealthy or LabError for files that do not work, HostError where this machine is to blame.
    """
    catalog = load_catalog(files)
    used = lesson.file.stacks
    if looks is not None:
        wanted = {key for look in looks for key in stacks_of(look.probe).values()}
        used = {key: use for key, use in used.items() if key in wanted}
    requests = [
        UpRequest(
            catalog=catalog,
            deployment=catalog.deployment(use.stack, settings=use.settings),
            machine=room.machine,
            budget=budgets.plan(room.machine, cpus=use.cpus, memory_mib=use.memory_mib),
            port=0,
            owner=f"{desk.workspace.learner}-{key}",
        )
        for key, use in used.items()
    ]
    plans = owned.bring_up(requests, wait_s=room.wait_s, say=desk.say) if requests else []
    return Stage(stacks=dict(zip(used, plans, strict=True)), files=files)


def open_predictions(lesson: Lesson, progress: Progress) -> list[Prediction]:
    """Those that are still to be made."""
    return [one for one in lesson.file.predictions if one.id not in progress.predictions]


def has_seen(lesson: Lesson, progress: Progress) -> bool:
    """Whether all has been observed that the lesson has to show, so that its why gives nothing away."""
    return all(one.id in progress.observations for one in lesson.observations)


def still_to_see(lesson: Lesson, progress: Progress) -> list[Observation]:
    """What was not looked at yet, or seen too unsurely to hold a prediction against it."""
    kept = progress.observations
    return [one for one in lesson.observations if one.id not in kept or answers.is_unsure(kept[one.id])]


def predict(desk: Desk, lesson: Lesson, prediction: Prediction, predicted: Predicted) -> None:
    """Keep a prediction. Raises UsageError for one whose answer has been seen."""
    with desk.changing(lesson) as progress:
        if prediction.observation in progress.observations:
            fix = f"lab lesson reset {lesson.number} begins the lesson anew"
            raise UsageError("you have seen the answer: a prediction comes before it", where=prediction.id, fix=fix)
        progress.predictions[prediction.id] = predicted


def observe(desk: Desk, lesson: Lesson, room: Room) -> dict[str, str]:
    """Look at what the lesson has to show, and keep it: with the files as they were at the start, whatever was edited.

    Once all was seen, another look is at the files as they are now, and is not kept: a prediction was about the start.
    Raises UsageError while a prediction is missing, LabError for edited files that do not work.
    """
    progress = desk.progress(lesson)
    if missing := open_predictions(lesson, progress):
        names = ", ".join(one.id for one in missing)
        fix = f"lab lesson predict {lesson.number}"
        raise UsageError("predict first: who has seen it no longer wonders", where=f"still open: {names}", fix=fix)
    edited = workspace.changed(desk.workspace, lesson)
    if not (wanted := still_to_see(lesson, progress)):
        return _look_again(desk, lesson, room, edited)
    if edited:
        desk.say(f"measured with the files as they were at the start, without your change of {_listed(edited)}")
    files = desk.workspace.begun(lesson) if edited else desk.workspace.of(lesson)
    stage = bring_up(desk, lesson, room, files=files, looks=wanted)
    shown = {name: one.shown for name, one in progress.observations.items()}
    with owned.patient_turn(wait_s=room.wait_s, say=desk.say):
        for one in wanted:
            found = _looked(desk, one, stage)
            shown[one.id] = found.shown
            kept = Observed(value=found.value, low=found.low, high=found.high, shown=found.brief, at=now())
            with desk.changing(lesson) as fresh:
                fresh.observations[one.id] = kept
    return shown


def _look_again(desk: Desk, lesson: Lesson, room: Room, edited: Sequence[Path]) -> dict[str, str]:
    """What is seen of the files as they are now, beside predictions that were held against the start."""
    desk.say("seen before: this is with your files as they are now; your predictions stay as they were marked")
    files = desk.workspace.of(lesson)
    try:
        stage = bring_up(desk, lesson, room, files=files, looks=lesson.observations)
        with owned.patient_turn(wait_s=room.wait_s, say=desk.say):
            return {one.id: _looked(desk, one, stage).shown for one in lesson.observations}
    except (HostError, Inconclusive):
        raise
    except LabError as error:
        if edited:
            error.fix = f"you have changed {_listed(edited)}; lab lesson edit {lesson.number} shows how"
        raise


def _looked(desk: Desk, one: Observation, stage: Stage) -> Seen:
    """What one observation shows. An error of a stack brings that stack's last log lines along."""
    desk.say(f"looking: {one.id}")
    try:
        return looking.look(one.probe, stage)
    except (HostError, Inconclusive):
        raise
    except LabError as error:
        for key in stacks_of(one.probe).values():
            lines = compose.logs(stage.stacks[key].project, tail=compose.LAST_LINES)
            error.where = f"{error.where or ''}\n    last lines of {key}:\n{lines}"
        raise


def _listed(names: Sequence[Path]) -> str:
    return ", ".join(map(str, names))


def check(desk: Desk, lesson: Lesson, room: Room) -> list[Checked]:
    """Look at everything that must hold. What the learner's files break is *not yet*; the host's faults are raised.

    While a prediction is open, what was seen is not told: it may be what the prediction is about.
    """
    untold = UNTOLD.format(lesson.number) if open_predictions(lesson, desk.progress(lesson)) else None
    with desk.changing(lesson) as progress:
        progress.checks += 1
    files = desk.workspace.of(lesson)
    try:
        stage = bring_up(desk, lesson, room, files=files, looks=lesson.checks)
    except HostError:
        raise
    except LabError as error:
        results = [_does_not_come_up(error, workspace.changed(desk.workspace, lesson))]
    else:
        with owned.patient_turn(wait_s=room.wait_s, say=desk.say):
            results = [_checked(one, stage, untold) for one in lesson.checks]
    if all(one.mark == "pass" for one in results):
        with desk.changing(lesson) as progress:
            progress.passed_at = progress.passed_at or now()
    return results


def _does_not_come_up(error: LabError, edited: Sequence[Path]) -> Checked:
    return Checked(
        check=COMES_UP,
        says="the stacks that are looked at come up",
        mark="not yet",
        seen=str(error),
        expected="they come up",
        otherwise=f"You have changed {_listed(edited) or 'nothing'}. `lab lesson edit` shows how.",
    )


def _checked(one: LessonCheck, stage: Stage, untold: str | None) -> Checked:
    """One check; where there is something to say in its place, without what was seen. An error is told in any case."""
    said: Mark
    try:
        seen = looking.look(one.probe, stage)
        said, shown = mark(seen, one.expect), untold or seen.told
    except HostError:
        raise
    except Inconclusive as error:
        said, shown = "cannot judge", str(error)
    except LabError as error:
        said, shown = "not yet", str(error)
    return Checked(
        check=one.id, says=one.says, mark=said, seen=shown, expected=expected(one.expect), otherwise=one.otherwise
    )


def hint(desk: Desk, lesson: Lesson) -> tuple[int, str]:
    """The next hint and its number; the last one again where all have been given."""
    desk.progress(lesson)
    with desk.changing(lesson) as progress:
        progress.hints = min(progress.hints + 1, len(lesson.hints))
    return progress.hints, lesson.hints[progress.hints - 1]


def solve(desk: Desk, lesson: Lesson) -> list[Path]:
    """Put the solution into the learner's files; returns the names of its own. The learner's are kept, and said."""
    desk.progress(lesson)
    _keep_aside(desk, lesson, before="solve")
    names = workspace.solve(desk.workspace, lesson)
    with desk.changing(lesson) as progress:
        progress.solved_at = progress.solved_at or now()
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

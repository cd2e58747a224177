"""`lab lesson`: one verb a function; without a verb, the list."""

import sys
from typing import Annotated

import typer

from lab.cli import lesson_parts, output
from lab.cli.lesson_parts import PATIENT_S, Learner, Number, WaitForOthers, WorkspaceOption
from lab.cli.options import Json
from lab.errors import UsageError

app = typer.Typer(
    help="The workshop: predict, observe, edit a copy, and be checked against running stacks.",
    invoke_without_command=True,
)


@app.callback()
def _without_a_verb(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        listing = context.command.get_command(context, "list")  # type: ignore[attr-defined]
        with listing.make_context("list", [], parent=context) as inner:  # its options come from their variables
            listing.invoke(inner)


@app.command("list")
def list_(*, learner: Learner = None, workspace: WorkspaceOption = None, json: Json = False) -> None:
    """List the lessons with their minutes and where you stand."""
    from lab.errors import InvalidFile
    from lab.lessons import course, lessonfile

    desk = lesson_parts.desk_of(learner, workspace)
    rows = []
    for path in course.folders(desk.project):
        try:
            file = lessonfile.load(path).file
            minutes, title = str(file.minutes), file.title
        except InvalidFile as wrong:
            count = len(wrong.mistakes)
            fix = f"lab lesson lint {int(path.name[:2])}"
            minutes, title = "-", f"has {count} mistake{'' if count == 1 else 's'}: {fix}"
        rows.append((str(int(path.name[:2])), minutes, course.standing(desk.state.lessons, path.name), title))
    if json:
        keys = ("number", "minutes", "standing", "title")
        output.print_json([dict(zip(keys, row, strict=True)) for row in rows])
        return
    output.print_table(("lesson", "minutes", "state", "what it is about"), rows)
    open_ = course.still_open(desk)
    output.say("all lessons are done" if open_ is None else f"next: lab lesson start {open_}")


@app.command()
def start(
    number: Number = None,
    *,
    learner: Learner = None,
    workspace: WorkspaceOption = None,
    wait: WaitForOthers = PATIENT_S,
) -> None:
    """Bring up what a lesson needs and show its task; why it is so comes after `observe`."""
    desk = lesson_parts.desk_of(learner, workspace)
    lesson_parts.begin(desk, desk.chosen(number), wait=wait)


@app.command()
def predict(
    number: Number = None,
    *,
    which: Annotated[
        str | None, typer.Option("--for", envvar="LAB_FOR", metavar="ID", help="Which prediction; else the next one.")
    ] = None,
    answer: Annotated[str | None, typer.Option("--answer", envvar="LAB_ANSWER", help="A number, or a choice.")] = None,
    reason: Annotated[str | None, typer.Option("--reason", envvar="LAB_REASON", help="Why, in a sentence.")] = None,
    sure: Annotated[
        str | None, typer.Option("--sure", envvar="LAB_SURE", metavar="PERCENT", help="How sure: 0 to 100.")
    ] = None,
    learner: Learner = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Say what you expect, why, and how sure you are, before you see it."""
    from lab.lessons import playing

    desk = lesson_parts.desk_of(learner, workspace)
    lesson = desk.chosen(number)
    wanted = lesson_parts.asked(desk, lesson, which)
    if answer is None and not sys.stdin.isatty():
        fix = "lab lesson predict --answer … --reason … --sure …"
        raise UsageError(
            "there is no terminal to ask on", where="\n    ".join(map(lesson_parts.question, wanted)), fix=fix
        )
    with lesson_parts.going_on(desk, lesson, "predict"):
        for prediction in wanted if answer is None else wanted[:1]:
            lesson_parts.predict(desk, lesson, prediction, answer=answer, reason=reason, sure=sure)
    left = len(playing.open_predictions(lesson, desk.progress(lesson)))
    after = f"lab lesson predict {lesson.number}: {left} left" if left else f"lab lesson observe {lesson.number}"
    print(f"next: {after}")


@app.command()
def observe(
    number: Number = None,
    *,
    learner: Learner = None,
    workspace: WorkspaceOption = None,
    wait: WaitForOthers = PATIENT_S,
) -> None:
    """Measure on this machine what you have predicted, show both, and why it is so."""
    from lab.lessons import playing

    desk = lesson_parts.desk_of(learner, workspace)
    lesson = desk.chosen(number)
    with lesson_parts.timed(), lesson_parts.going_on(desk, lesson, "observe"):
        seen = playing.observe(desk, lesson, lesson_parts.room(wait))
    for one in lesson.observations:
        print(one.says.strip().replace("{value}", seen[one.id]))
    print()
    output.print_table(("prediction", "yours", "sure", "seen", ""), lesson_parts.beside(desk, lesson))
    print()
    output.print_text(lesson.why)
    if unsure := playing.still_to_see(lesson, desk.progress(lesson)):
        names = ", ".join(one.id for one in unsure)
        print(f"\nseen too unsurely: {names}; lab lesson observe {lesson.number} looks at that again")
    print(f"\nnext: edit your files (lab lesson edit {lesson.number}), then lab lesson check {lesson.number}")


@app.command()
def check(
    number: Number = None,
    *,
    learner: Learner = None,
    workspace: WorkspaceOption = None,
    wait: WaitForOthers = PATIENT_S,
    json: Json = False,
) -> None:
    """Say whether the lesson is passed: 0 pass, 6 not yet, 3 or 7 where it cannot be judged."""
    from dataclasses import asdict

    from lab.lessons import playing

    desk = lesson_parts.desk_of(learner, workspace)
    lesson = desk.chosen(number)
    with lesson_parts.timed():
        results = playing.check(desk, lesson, lesson_parts.room(wait))
    if json:
        output.print_json([asdict(one) for one in results])
    else:
        for one in results:
            print(lesson_parts.told(one))
    lesson_parts.judge(desk, lesson, results, json=json)


@app.command()
def hint(number: Number = None, *, learner: Learner = None, workspace: WorkspaceOption = None) -> None:
    """Give one more hint each time."""
    from lab.lessons import playing

    desk = lesson_parts.desk_of(learner, workspace)
    lesson = desk.chosen(number)
    position, text = playing.hint(desk, lesson)
    output.print_text(text)
    left = len(lesson.hints) - position
    output.say(
        f"hint {position} of {len(lesson.hints)}" + ("" if left else f"; then: lab lesson solve {lesson.number}")
    )


@app.command()
def solve(number: Number = None, *, learner: Learner = None, workspace: WorkspaceOption = None) -> None:
    """Put the solution into your files; what you changed in those that it has is kept aside."""
    from lab.lessons import playing

    desk = lesson_parts.desk_of(learner, workspace)
    lesson = desk.chosen(number)
    for name in playing.solve(desk, lesson):
        print(desk.workspace.of(lesson) / name)
    print(f"next: lab lesson check {lesson.number}; lab lesson edit {lesson.number} shows what the solution changed")


@app.command()
def reset(number: Number = None, *, learner: Learner = None, workspace: WorkspaceOption = None) -> None:
    """Begin a lesson anew: your files, predictions, observations and hints of it go, and that you passed it."""
    from lab.lessons import course, playing

    desk = lesson_parts.desk_of(learner, workspace)
    lesson = desk.chosen(number)
    before = course.standing(desk.state.lessons, lesson.name)
    playing.reset(desk, lesson)
    if before in ("passed", "solved by the lab"):
        print(f"it was {before}, and no longer is")
    print(f"lesson {lesson.number} is as it was before its start\nnext: lab lesson start {lesson.number}")


@app.command("next")
def next_(
    number: Number = None,
    *,
    learner: Learner = None,
    workspace: WorkspaceOption = None,
    wait: WaitForOthers = PATIENT_S,
) -> None:
    """Take down what is up of your lessons, and start the one that follows."""
    from lab.deploy import owned
    from lab.lessons import course

    desk = lesson_parts.desk_of(learner, workspace)
    following = course.following(desk, number)
    owned.take_down(desk.workspace.learner)
    lesson_parts.begin(desk, following, wait=wait)


@app.command()
def status(
    number: Number = None, *, learner: Learner = None, workspace: WorkspaceOption = None, json: Json = False
) -> None:
    """Show what you have predicted, seen and done in a lesson, and after `observe` why it is so."""
    from lab.lessons import course, playing

    desk = lesson_parts.desk_of(learner, workspace)
    lesson = desk.chosen(number)
    progress = desk.progress(lesson)
    if json:
        output.print_json({"lesson": lesson.name, **progress.model_dump()})
        return
    print(f"lesson {lesson.number}: {lesson.file.title}: {course.standing(desk.state.lessons, lesson.name)}")
    print(f"checks: {progress.checks}, hints taken: {progress.hints} of {len(lesson.hints)}\n")
    output.print_table(("prediction", "yours", "sure", "seen", ""), lesson_parts.beside(desk, lesson))
    if playing.has_seen(lesson, progress):
        print()
        output.print_text(lesson.why)


@app.command()
def edit(number: Number = None, *, learner: Learner = None, workspace: WorkspaceOption = None) -> None:
    """Say where your files are, and show what you have changed since the start."""
    from lab.lessons import workspace as workspaces

    desk = lesson_parts.desk_of(learner, workspace)
    lesson = desk.chosen(number)
    desk.progress(lesson)
    lines = list(workspaces.changes(desk.workspace, lesson))
    output.say(f"your files: {desk.workspace.of(lesson)}")
    print("\n".join(lines) if lines else "nothing has been changed since the start")


@app.command()
def stop(number: Number = None, *, learner: Learner = None, workspace: WorkspaceOption = None) -> None:
    """Take down what is up of your lessons, or of one; your files stay."""
    from lab.deploy import owned
    from lab.lessons import playing

    desk = lesson_parts.desk_of(learner, workspace)
    only = None if number is None else playing.names_of(desk.chosen(number))
    print(f"taken down: {', '.join(owned.take_down(desk.workspace.learner, only=only)) or 'nothing was up'}")


@app.command("catch-up")
def catch_up(
    number: Annotated[int, typer.Argument(metavar="N", min=1, help="The lesson to come to.")],
    *,
    learner: Learner = None,
    workspace: WorkspaceOption = None,
    wait: WaitForOthers = PATIENT_S,
) -> None:
    """Come to a lesson: those before it that you have not passed are solved by the lab."""
    from lab.lessons import playing

    desk = lesson_parts.desk_of(learner, workspace)
    lesson = desk.chosen(number)
    for name in playing.catch_up(desk, lesson):
        output.say(f"solved by the lab: {name}")
    lesson_parts.begin(desk, lesson, wait=wait)


@app.command()
def lint(
    folders: Annotated[
        list[str] | None, typer.Argument(metavar="[N|FOLDER]...", help="Lessons; all of them, if none is named.")
    ] = None,
) -> None:
    """Name every mistake in the folders of lessons, with file and key."""
    from lab.catalog import project_root
    from lab.lessons import linting

    count = linting.require_sound(project_root(), folders or [], say=output.say)
    print(f"{count} lesson{'' if count == 1 else 's'} without a mistake")

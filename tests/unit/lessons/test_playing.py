from collections.abc import Sequence
from pathlib import Path

import pytest

from lab.deploy import compose, owned
from lab.deploy.prepare import Plan
from lab.deploy.stack_up import UpRequest
from lab.errors import EngineUnavailable, Inconclusive, LabError, Unhealthy, UsageError
from lab.lessons import course, lessonfile, looking, playing
from lab.lessons.course import Desk
from lab.lessons.judging import Seen
from lab.lessons.lessonfile import Lesson
from lab.lessons.playing import Room
from lab.lessons.state import Predicted
from tests.unit.lessons.lesson_factories import make_desk, make_lesson, make_place, write_lesson
from tests.unit.unit_factories import make_machine
from tests.unit.unit_project import Answering

ROOM = Room(machine=make_machine(), wait_s=0)
FIVE = Predicted(answer=5.0, reason="so", sure_percent=50, at="")
GOOD = Predicted(answer="good", reason="so", sure_percent=50, at="")


@pytest.fixture
def lesson(project: Path) -> Lesson:
    return make_lesson(project)


@pytest.fixture
def desk(project: Path, lesson: Lesson) -> Desk:
    found = make_desk(project)
    playing.lay_out(found, lesson)
    return found


@pytest.fixture
def asked(server: Answering, monkeypatch: pytest.MonkeyPatch) -> list[UpRequest]:
    """Every stack that is brought up, and is the test's server."""
    requests: list[UpRequest] = []

    def bring_up(wanted: Sequence[UpRequest], **_how: object) -> list[Plan]:
        requests.extend(wanted)
        return [make_place(server.url) for _ in wanted]

    monkeypatch.setattr(owned, "bring_up", bring_up)
    return requests


def predict_all(desk: Desk, lesson: Lesson) -> None:
    for one in playing.open_predictions(lesson, desk.progress(lesson)):
        playing.predict(desk, lesson, one, GOOD if one.choices else FIVE)


def test_stacks_come_up_from_the_learners_files_under_the_learners_name(
    desk: Desk, lesson: Lesson, asked: list[UpRequest]
) -> None:
    assert list(playing.bring_up(desk, lesson, ROOM, files=desk.workspace.of(lesson)).stacks) == ["one"]
    assert asked[0].project == "lab-of-ada-one-plain"
    assert asked[0].catalog.root == desk.workspace.of(lesson)
    assert asked[0].port == 0
    assert dict(asked[0].deployment.settings) == {"HEALTH_DELAY": "0"}


TWO_STACKS = {
    'one: {stack: plain, settings: {HEALTH_DELAY: "0"}}': "one: {stack: plain}\n  two: {stack: plain}",
    "kind: answer, stack: one, ask: {path: /health}": "kind: answer, stack: two, ask: {path: /health}",
}


def test_only_what_is_looked_at_comes_up(project: Path, asked: list[UpRequest]) -> None:
    path = write_lesson(project) / "lesson.yaml"
    for before, after in TWO_STACKS.items():
        path.write_text(path.read_text().replace(before, after))
    lesson, desk = lessonfile.load(path.parent), make_desk(project)
    playing.lay_out(desk, lesson)
    playing.check(desk, lesson, ROOM)
    assert [one.owner for one in asked] == ["ada-one"]
    predict_all(desk, lesson)
    playing.observe(desk, lesson, ROOM)
    assert [one.owner for one in asked] == ["ada-one", "ada-two"]


def test_a_check_that_looks_at_files_alone_needs_no_engine(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_lesson(project) / "lesson.yaml"
    probe = "{kind: answer, stack: one, ask: {path: /ready}, take: body}"
    claims = "{kind: claims, file: claims.md, verdict: clean}"
    path.write_text(path.read_text().replace(probe, claims).replace("equals: ready", "equals: 1"))
    (path.parent / "start/claims.md").write_text(
        "| row | requests/s | mean ms | connections |\n|---|---|---|---|\n| b | 15799 | 126 | 2000 |\n"
    )
    lesson, desk = lessonfile.load(path.parent), make_desk(project)
    playing.lay_out(desk, lesson)
    monkeypatch.setattr(owned, "bring_up", lambda *_, **__: pytest.fail("nothing is needed"))
    (found,) = playing.check(desk, lesson, ROOM)
    assert found.mark == "pass"


def test_who_has_not_predicted_sees_nothing(desk: Desk, lesson: Lesson, asked: list[UpRequest]) -> None:
    playing.predict(desk, lesson, lesson.file.predictions[0], FIVE)
    with pytest.raises(UsageError, match="predict first") as caught:
        playing.observe(desk, lesson, ROOM)
    assert "which" in str(caught.value)
    assert asked == []


@pytest.mark.usefixtures("asked")
def test_who_has_seen_the_answer_predicts_no_more(desk: Desk, lesson: Lesson) -> None:
    predict_all(desk, lesson)
    assert playing.observe(desk, lesson, ROOM)["status"] == "200: ok"
    with pytest.raises(UsageError, match="you have seen the answer"):
        playing.predict(desk, lesson, lesson.file.predictions[0], FIVE)
    kept = make_desk(desk.project).state.lessons[lesson.name]
    assert kept.observations["status"].value == 200
    assert kept.predictions == {"how-many": FIVE, "which": GOOD}


@pytest.mark.usefixtures("asked")
def test_a_check_passes_by_what_is_answered_and_not_by_what_stands_in_a_file(
    desk: Desk, lesson: Lesson, server: Answering
) -> None:
    server.answers["/ready"] = (200, "text/plain", "not ready")
    playing.solve(desk, lesson)
    (before,) = playing.check(desk, lesson, ROOM)
    assert (before.mark, before.seen) == ("not yet", "told once you have predicted (lab lesson predict 1)")
    predict_all(desk, lesson)
    (before,) = playing.check(desk, lesson, ROOM)
    assert (before.mark, before.seen) == ("not yet", "not ready")
    server.answers["/ready"] = (200, "text/plain", "ready")
    (after,) = playing.check(desk, lesson, ROOM)
    assert after.mark == "pass"
    assert desk.progress(lesson).passed_at is not None


@pytest.mark.parametrize("error", [Unhealthy("it died"), UsageError("no such variant")])
def test_files_that_do_not_come_up_are_not_yet(
    desk: Desk, lesson: Lesson, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(playing, "bring_up", lambda *_, **__: (_ for _ in ()).throw(error))
    (found,) = playing.check(desk, lesson, ROOM)
    assert found.mark == "not yet"
    assert str(error) in found.seen


def test_a_file_of_the_learners_with_a_mistake_is_not_yet_and_the_mistake_is_told(desk: Desk, lesson: Lesson) -> None:
    (desk.workspace.of(lesson) / "compose/plain.yaml").write_text("name: plain\nx-lab: {titel: x}\n")
    (found,) = playing.check(desk, lesson, ROOM)
    assert found.mark == "not yet"
    assert "x-lab.titel" in found.seen


def test_an_engine_that_does_not_answer_is_no_fault_of_the_learner(
    desk: Desk, lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playing, "bring_up", lambda *_, **__: (_ for _ in ()).throw(EngineUnavailable("gone")))
    with pytest.raises(EngineUnavailable):
        playing.check(desk, lesson, ROOM)


@pytest.mark.usefixtures("asked")
def test_what_is_too_noisy_cannot_be_judged(desk: Desk, lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "look", lambda *_, **__: (_ for _ in ()).throw(Inconclusive("too noisy")))
    (found,) = playing.check(desk, lesson, ROOM)
    assert found.mark == "cannot judge"
    assert desk.progress(lesson).passed_at is None


def test_each_hint_is_reached_and_the_last_one_stays(desk: Desk, lesson: Lesson) -> None:
    given = [playing.hint(desk, lesson) for _ in range(4)]
    assert [number for number, _ in given] == [1, 2, 3, 3]
    assert [text for _, text in given[:3]] == list(lesson.hints)


def test_reset_always_resets(desk: Desk, lesson: Lesson) -> None:
    predict_all(desk, lesson)
    playing.solve(desk, lesson)
    playing.hint(desk, lesson)
    playing.reset(desk, lesson)
    progress = make_desk(desk.project).progress(lesson)
    assert (progress.predictions, progress.hints, progress.solved_at) == ({}, 0, None)
    assert course.standing({lesson.name: progress}, lesson.name) == "new"
    assert (desk.workspace.of(lesson) / "app.txt").read_text() == "wrong\n"


def test_to_start_again_keeps_what_was_edited(desk: Desk, lesson: Lesson) -> None:
    (desk.workspace.of(lesson) / "app.txt").write_text("mine\n")
    playing.lay_out(desk, lesson)
    assert (desk.workspace.of(lesson) / "app.txt").read_text() == "mine\n"


def test_files_that_were_removed_by_hand_are_laid_out_anew(desk: Desk, lesson: Lesson) -> None:
    files = desk.workspace.of(lesson)
    files.rename(files.with_name("away"))
    playing.lay_out(desk, lesson)
    assert (files / "app.txt").read_text() == "wrong\n"


def test_who_catches_up_has_the_earlier_lessons_solved_but_not_those_that_were_passed(project: Path) -> None:
    first, second = make_lesson(project), make_lesson(project, number=2, name="second")
    third = make_lesson(project, number=3, name="third")
    said: list[str] = []
    desk = make_desk(project, said=said)
    playing.lay_out(desk, first)
    with desk.changing(first) as progress:
        progress.passed_at = "2026-01-01"
    playing.lay_out(desk, second)
    (desk.workspace.of(second) / "app.txt").write_text("mine\n")
    assert playing.catch_up(desk, third) == [second.name]
    assert said[-1].startswith("your own is kept: ")
    assert (desk.workspace.of(second) / "app.txt").read_text() == "right\n"
    assert (desk.workspace.of(first) / "app.txt").read_text() == "wrong\n"


def test_predictions_are_held_against_the_files_of_the_start_whatever_was_edited(
    desk: Desk, lesson: Lesson, asked: list[UpRequest]
) -> None:
    predict_all(desk, lesson)
    (desk.workspace.of(lesson) / "app.txt").write_text("mine\n")
    playing.observe(desk, lesson, ROOM)
    assert asked[-1].catalog.root == desk.workspace.begun(lesson)


def test_what_was_seen_is_not_marked_again_and_later_looks_are_at_the_files_as_they_are(
    desk: Desk, lesson: Lesson, asked: list[UpRequest], server: Answering
) -> None:
    predict_all(desk, lesson)
    playing.observe(desk, lesson, ROOM)
    kept = make_desk(desk.project).state.lessons[lesson.name].observations
    (desk.workspace.of(lesson) / "app.txt").write_text("mine\n")
    server.answers["/health"] = (503, "text/plain", "ill")
    assert playing.observe(desk, lesson, ROOM) == {"status": "503: ill"}
    assert asked[-1].catalog.root == desk.workspace.of(lesson)
    assert make_desk(desk.project).state.lessons[lesson.name].observations == kept


@pytest.mark.usefixtures("asked")
def test_what_was_seen_too_unsurely_is_looked_at_again_and_kept(
    desk: Desk, lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    predict_all(desk, lesson)
    monkeypatch.setattr(looking, "look", lambda *_, **__: Seen(value=2.0, low=0.5, high=9.0))
    playing.observe(desk, lesson, ROOM)
    assert [one.id for one in playing.still_to_see(lesson, desk.progress(lesson))] == ["status"]
    monkeypatch.setattr(looking, "look", lambda *_, **__: Seen(value=5.0, low=4.9, high=5.1))
    playing.observe(desk, lesson, ROOM)
    assert playing.still_to_see(lesson, desk.progress(lesson)) == []


def test_edited_files_that_do_not_come_up_are_named(
    desk: Desk, lesson: Lesson, asked: list[UpRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    predict_all(desk, lesson)
    playing.observe(desk, lesson, ROOM)
    assert asked
    (desk.workspace.of(lesson) / "app.txt").write_text("broken\n")

    def fails(*_: object, **__: object) -> list[Plan]:
        raise Unhealthy("it died", where="its last lines\nSyntaxError")

    monkeypatch.setattr(owned, "bring_up", fails)
    with pytest.raises(Unhealthy, match="SyntaxError") as caught:
        playing.observe(desk, lesson, ROOM)
    assert "you have changed app.txt; lab lesson edit 1" in str(caught.value)
    (checked,) = playing.check(desk, lesson, ROOM)
    assert "app.txt" in checked.otherwise


def test_a_pass_is_kept_beside_what_another_terminal_did_meanwhile(
    desk: Desk, lesson: Lesson, server: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bring_up(wanted: Sequence[UpRequest], **_how: object) -> list[Plan]:
        playing.hint(make_desk(desk.project), lesson)
        return [make_place(server.url) for _ in wanted]

    monkeypatch.setattr(owned, "bring_up", bring_up)
    playing.check(desk, lesson, ROOM)
    kept = make_desk(desk.project).state.lessons[lesson.name]
    assert (kept.hints, kept.checks, kept.passed_at is not None) == (1, 1, True)


@pytest.mark.usefixtures("asked")
def test_a_stack_that_answers_wrongly_is_shown_with_its_last_lines(
    desk: Desk, lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    predict_all(desk, lesson)
    monkeypatch.setattr(looking, "look", lambda *_, **__: (_ for _ in ()).throw(LabError("no answer", where="/report")))
    monkeypatch.setattr(compose, "logs", lambda _project, *, tail: f"NameError: asyncio, of {tail} lines")
    with pytest.raises(LabError) as caught:
        playing.observe(desk, lesson, ROOM)
    assert "/report" in str(caught.value)
    assert "last lines of one:\nNameError: asyncio" in str(caught.value)

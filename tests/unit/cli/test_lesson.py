import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from lab.deploy import owned
from lab.deploy.prepare import Plan
from lab.deploy.stack_up import UpRequest
from lab.lessons import looking
from lab.lessons.judging import Seen
from tests.unit.cli.cli_driving import Lab
from tests.unit.lessons.lesson_factories import make_place, write_lesson
from tests.unit.unit_project import Answering, edit

PREDICT = ("lesson", "predict", "--reason", "so", "--sure", "70")


@pytest.fixture
def up(project: Path, tmp_path: Path, server: Answering, monkeypatch: pytest.MonkeyPatch) -> list[UpRequest]:
    """Two lessons, a workspace of the test's own, and stacks that are the test's server."""
    write_lesson(project)
    write_lesson(project, number=2, name="second")
    monkeypatch.setenv("LAB_WORKSPACE", str(tmp_path / "workspace"))
    monkeypatch.setenv("LAB_LEARNER", "ada")
    requests: list[UpRequest] = []

    def bring_up(wanted: Sequence[UpRequest], **_how: object) -> list[Plan]:
        requests.extend(wanted)
        plan = make_place(server.url)
        plan.deployment = wanted[0].deployment  # type: ignore[misc]
        return [plan for _ in wanted]

    monkeypatch.setattr(owned, "bring_up", bring_up)
    monkeypatch.setattr(owned, "take_down", lambda learner: [f"{learner}-one-plain"])
    return requests


@pytest.mark.usefixtures("up")
def test_a_learner_goes_from_the_list_to_a_passed_lesson(lab: Lab) -> None:
    assert [line.split()[:3] for line in lab("lesson").out.splitlines()[1:]] == [["1", "10", "new"], ["2", "10", "new"]]
    started = lab("lesson", "start")
    assert "# 1. A lesson" in started.out
    assert "next: lab lesson predict 1" in started.out
    assert "It is so." not in started.out + lab("lesson", "status").out
    assert "1 left" in lab(*PREDICT, "--answer", "5 s").out
    assert "next: lab lesson observe 1" in lab(*PREDICT, "--answer", "good").out
    observed = lab("lesson", "observe")
    assert "It said 200: ok" in observed.out
    assert "40.0 times too low" in observed.out
    assert "## Why\n\nIt is so.\n\n## To go on\n\nWhat else?" in observed.out
    assert "It is so." in lab("lesson", "status").out
    checked = lab("lesson", "check")
    assert checked.code == 0
    assert "pass: It is ready\n    seen: ready" in checked.out
    assert "Why?" in checked.out
    assert "passed" in lab("lesson", "status").out
    assert json.loads(lab("lesson", "list", "--json").out)[0]["standing"] == "passed"
    assert "# 2. A lesson" in lab("lesson", "next").out


@pytest.mark.usefixtures("up")
def test_not_yet_ends_with_6_and_says_what_was_seen_and_what_next(lab: Lab, server: Answering) -> None:
    lab("lesson", "start", "1")
    server.answers["/ready"] = (200, "text/plain", "almost")
    ended = lab("lesson", "check", "1")
    assert ended.code == 6
    assert "not yet: It is ready\n    seen: almost" in ended.out
    assert "Make it ready." in ended.err
    assert "lab lesson hint 1" in ended.err
    data = json.loads(lab("lesson", "check", "--json").out)
    assert data[0]["mark"] == "not yet"


@pytest.mark.usefixtures("up")
def test_what_cannot_be_judged_ends_with_7(lab: Lab, monkeypatch: pytest.MonkeyPatch, project: Path) -> None:
    edit(project / "lessons/01-first/lesson.yaml", "expect: {equals: ready}", "expect: {at_least: 3}")
    lab("lesson", "start", "1")
    monkeypatch.setattr(looking, "look", lambda *_: Seen(value=3.0, low=1.0, high=5.0))
    ended = lab("lesson", "check")
    assert ended.code == 7
    assert "cannot judge: It is ready" in ended.out


def test_without_an_engine_a_lesson_cannot_be_judged_and_ends_with_3(
    lab: Lab, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_lesson(project)
    monkeypatch.setenv("LAB_WORKSPACE", str(tmp_path / "workspace"))
    assert lab("lesson", "start", "1").code == 3
    assert lab("lesson", "check", "1").code == 3


@pytest.mark.usefixtures("up")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("lesson", "observe"), "predict first"),
        (("lesson", "predict"), "there is no terminal to ask on"),
        ((*PREDICT, "--answer", "1e400"), "'1e400' cannot be"),
        ((*PREDICT, "--answer=-3"), "a number from 0 to 1,000,000 s"),
        ((*PREDICT, "--answer", "5 ms"), "in ms: asked for s"),
        (("lesson", "predict", "--answer", "5", "--reason", "so"), "a prediction has a reason"),
        ((*PREDICT, "--answer", "5", "--for", "how-mny"), "did you mean 'how-many'?"),
        (("lesson", "start", "9"), "there is no lesson 9"),
        (("lesson", "check", "2"), "lesson 2 has not been started"),
        (("lesson", "start", "--learner", "A B"), "cannot be a learner's name"),
        (("lesson", "lint", "7"), "there is no lesson 7"),
    ],
)
def test_what_makes_no_sense_ends_with_2_and_says_what_next(lab: Lab, arguments: tuple[str, ...], said: str) -> None:
    lab("lesson", "start", "1")
    ended = lab(*arguments)
    assert ended.code == 2
    assert said in ended.err


@pytest.mark.usefixtures("up")
def test_who_has_predicted_all_is_told_what_to_do(lab: Lab) -> None:
    lab("lesson", "start", "1")
    lab(*PREDICT, "--answer", "5")
    lab(*PREDICT, "--answer", "bad")
    assert "all predictions of this lesson are made" in lab(*PREDICT, "--answer", "5").err
    assert "kept: which: The good" in lab(*PREDICT, "--answer", "good", "--for", "which").out


@pytest.mark.usefixtures("up")
def test_hint_solve_edit_and_reset_are_about_the_learners_files(lab: Lab, tmp_path: Path) -> None:
    lab("lesson", "start", "1")
    assert "nothing has been changed" in lab("lesson", "edit").out
    assert "## One" in lab("lesson", "hint").out
    solved = lab("lesson", "solve")
    assert str(tmp_path / "workspace/ada/01-first/files/app.txt") in solved.out
    assert "+right" in lab("lesson", "edit").out
    assert lab("lesson", "reset").code == 0
    assert "nothing has been changed" in lab("lesson", "edit").out
    assert "ada-one-plain" in lab("lesson", "stop").out


@pytest.mark.usefixtures("up")
def test_a_damaged_state_is_said_and_kept_aside(lab: Lab, tmp_path: Path) -> None:
    lab("lesson", "start", "1")
    (tmp_path / "workspace/ada/state.json").write_text("{")
    ended = lab("lesson", "list")
    assert ended.code == 0
    assert "was damaged" in ended.err
    assert lab("lesson", "start", "1").code == 0


@pytest.mark.usefixtures("up")
def test_a_lesson_with_mistakes_is_listed_and_linted(lab: Lab, project: Path) -> None:
    linted = lab("lesson", "lint")
    assert linted.out == "2 lessons without a mistake\n"
    assert linted.err == "looking at 01-first\nlooking at 02-second\n"
    assert lab("lesson", "lint", "1").out == "1 lesson without a mistake\n"
    edit(project / "lessons/02-second/lesson.yaml", "minutes: 10", "minutes: long")
    assert "has 1 mistake: lab lesson lint 2" in lab("lesson", "list").out
    ended = lab("lesson", "lint")
    assert ended.code == 2
    assert "lessons/02-second/lesson.yaml:2: minutes:" in ended.err


def test_catching_up_solves_what_came_before(lab: Lab, up: list[UpRequest]) -> None:
    ended = lab("lesson", "catch-up", "2")
    assert "solved by the lab: 01-first" in ended.err
    assert "# 2. A lesson" in ended.out
    assert len(up) == 1


@pytest.mark.usefixtures("up")
def test_ctrl_c_ends_with_130_and_the_state_is_whole(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> Callable[..., None]:
        raise KeyboardInterrupt

    lab("lesson", "start", "1")
    monkeypatch.setattr(owned, "bring_up", interrupted)
    assert lab("lesson", "check", "1").code == 130
    assert "lesson 1" in lab("lesson", "status").out

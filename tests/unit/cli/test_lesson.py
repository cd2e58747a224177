import json
import sys
from collections.abc import Callable, Collection, Sequence
from io import StringIO
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
    monkeypatch.setattr(owned, "take_down", take_down)
    return requests


def take_down(learner: str, *, only: Collection[str] | None = None, but: Collection[str] = ()) -> list[str]:
    return [f"{learner}-{name}" for name in (only or ("one-plain", "another")) if name not in but]


class Typing(StringIO):
    """A terminal on which some lines are typed, and Ctrl-D then."""

    def isatty(self) -> bool:
        return True


@pytest.mark.usefixtures("up")
def test_a_learner_goes_from_the_list_to_a_passed_lesson(lab: Lab) -> None:
    assert [line.split()[:3] for line in lab("lesson").out.splitlines()[1:]] == [["1", "10", "new"], ["2", "10", "new"]]
    started = lab("lesson", "start")
    assert "# 1. A lesson" in started.out
    assert "next: lab lesson predict 1" in started.out
    assert "taken down, from other lessons: ada-another\n" in started.err
    assert "It is so." not in started.out + lab("lesson", "status").out
    assert "1 left" in lab(*PREDICT, "--answer", "5 s").out
    assert "next: lab lesson observe 1" in lab(*PREDICT, "--answer", "good").out
    observed = lab("lesson", "observe")
    assert "It said 200: ok" in observed.out
    assert "too low by a factor of 40.0" in observed.out
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
    lab(*PREDICT, "--answer", "5")
    lab(*PREDICT, "--answer", "good")
    server.answers["/ready"] = (200, "text/plain", "almost")
    ended = lab("lesson", "check", "1")
    assert ended.code == 6
    assert "not yet: It is ready\n    seen: almost\n    expected: exactly 'ready'\n    Make it ready." in ended.out
    assert "almost" not in ended.err
    assert "1 of 1 checks" in ended.err
    assert "\ntook 0 s\n" in f"\n{ended.err}"
    assert "lab lesson hint 1" in ended.err
    data = json.loads(lab("lesson", "check", "--json").out)
    assert data[0]["mark"] == "not yet"


@pytest.mark.usefixtures("up")
def test_what_cannot_be_judged_ends_with_7(lab: Lab, monkeypatch: pytest.MonkeyPatch, project: Path) -> None:
    edit(project / "lessons/01-first/lesson.yaml", "expect: {equals: ready}", "expect: {at_least: 3}")
    lab("lesson", "start", "1")
    monkeypatch.setattr(looking, "look", lambda *_, **__: Seen(value=3.0, low=1.0, high=5.0))
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
    assert lab("lesson", "stop").out == "taken down: ada-one-plain, ada-another\n"
    assert lab("lesson", "stop", "1").out == "taken down: ada-one-plain\n"


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


@pytest.mark.usefixtures("up")
def test_what_cannot_be_is_asked_for_again_and_ctrl_d_says_what_is_kept(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab("lesson", "start", "1")
    monkeypatch.setattr(sys, "stdin", Typing("5 ms\n5\nso\nvery\n70\n"))
    ended = lab("lesson", "predict")
    assert "in ms: asked for s" in ended.err
    assert "how sure" in ended.err
    assert "kept: how-many: 5 s, 70% sure" in ended.out
    assert "kept: how-many; to go on: lab lesson predict 1" in ended.err
    assert ended.code == 130
    assert "1 left" not in ended.out


@pytest.mark.usefixtures("up")
def test_ctrl_c_in_an_observation_says_what_is_kept(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab("lesson", "start", "1")
    lab(*PREDICT, "--answer", "5")
    lab(*PREDICT, "--answer", "good")

    def interrupted(*_: object, **__: object) -> Seen:
        raise KeyboardInterrupt

    monkeypatch.setattr(looking, "look", interrupted)
    ended = lab("lesson", "observe")
    assert ended.code == 130
    assert "kept: nothing yet; to go on: lab lesson observe 1" in ended.err


@pytest.mark.usefixtures("up")
def test_each_verb_works_from_inside_the_learners_files(
    lab: Lab, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab("lesson", "start", "1")
    monkeypatch.delenv("LAB_ROOT")
    monkeypatch.delenv("LAB_LEARNER")
    monkeypatch.delenv("LAB_WORKSPACE")
    monkeypatch.chdir(tmp_path / "workspace/ada/01-first/files/compose")
    assert "lesson 1: A lesson: started" in lab("lesson", "status").out
    assert lab("lesson", "check").code == 0
    assert "passed" in lab("lesson", "list").out
    assert lab("lesson", "reset").code == 0
    ended = lab("lesson", "list")
    assert ended.code == 2
    assert "cd to them again" in ended.err


@pytest.mark.usefixtures("up")
def test_to_solve_keeps_what_was_written_and_to_reset_says_what_is_lost(lab: Lab, tmp_path: Path) -> None:
    lab("lesson", "start", "1")
    own = tmp_path / "workspace/ada/01-first/files/app.txt"
    own.write_text("mine\n")
    kept = lab("lesson", "solve").err.partition("your own is kept: ")[2].splitlines()[0]
    assert Path(kept).read_text() == "mine\n"
    assert "it was solved by the lab, and no longer is" in lab("lesson", "reset").out
    assert json.loads(lab("lesson", "list", "--json").out)[0]["standing"] == "new"


@pytest.mark.usefixtures("up")
def test_next_follows_the_lesson_of_a_number_and_the_list_ends_with_what_to_do(lab: Lab) -> None:
    assert lab("lesson", "list").err == "next: lab lesson start 1\n"
    assert "# 2. A lesson" in lab("lesson", "next", "1").out
    lab("lesson", "catch-up", "2")
    assert lab("lesson", "list").err == "next: lab lesson start 2\n"

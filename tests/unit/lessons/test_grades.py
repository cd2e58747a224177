import csv
import io
from pathlib import Path

import pytest

from lab.errors import UsageError
from lab.lessons import grades, state
from lab.lessons.state import LearnerState, Observed, Predicted, Progress
from tests.unit.lessons.lesson_factories import write_lesson


def write_learner(folder: Path, name: str, answer: float | str, *, which: str = "how-many") -> None:
    predicted = Predicted(answer=answer, reason="so", sure_percent=50, at="")
    progress = Progress(
        digest="",
        started_at="2026-01-01",
        predictions={which: predicted},
        observations={"status": Observed(value=200, shown="200", at="")},
        checks=2,
        passed_at="2026-01-02",
    )
    state.save(folder / name, LearnerState(learner=name, lessons={"01-first": progress}))


def test_a_class_is_a_table_of_learners_and_lessons(tmp_path: Path) -> None:
    write_learner(tmp_path, "ada", 10.0)
    write_learner(tmp_path, "bob", 5.0)
    rows = list(csv.DictReader(io.StringIO(grades.as_csv(grades.read(tmp_path, say=print)))))
    assert [(row["learner"], row["lesson"], row["state"], row["checks"]) for row in rows] == [
        ("ada", "01-first", "passed", "2"),
        ("bob", "01-first", "passed", "2"),
    ]


def test_a_damaged_state_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    said: list[str] = []
    write_learner(tmp_path, "ada", 10.0)
    (tmp_path / "bob").mkdir()
    (tmp_path / "bob/state.json").write_text("{")
    assert [learner.learner for learner in grades.read(tmp_path, say=said.append)] == ["ada"]
    assert f"{tmp_path}/bob/state.json is left out: Invalid JSON" in said[0]


def test_a_file_that_cannot_be_opened_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    said: list[str] = []
    write_learner(tmp_path, "ada", 10.0)
    (tmp_path / "bob/state.json").mkdir(parents=True)
    assert [learner.learner for learner in grades.read(tmp_path, say=said.append)] == ["ada"]
    assert said == [f"{tmp_path}/bob/state.json is left out: Is a directory"]


def test_a_folder_that_is_not_there_is_said_not_to_be(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such folder"):
        grades.read(tmp_path / "nowhere", say=print)
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="this is no folder"):
        grades.read(tmp_path / "file", say=print)


def test_learners_are_called_by_their_places_and_not_by_their_logins(tmp_path: Path) -> None:
    for place in ("ada", "bob", "files", "eve/work"):
        write_learner(tmp_path / place, "root", 10.0)
    write_learner(tmp_path / "elsewhere", "root", 10.0)
    (tmp_path / "elsewhere/root/state.json").rename(tmp_path / "zoe.json")
    names = [learner.learner for learner in grades.read(tmp_path, say=print)]
    assert sorted(names) == ["ada", "bob", "eve", "files", "zoe"]


def test_no_two_learners_have_one_name(tmp_path: Path) -> None:
    for place in ("ada", "monday/ada", "monday/bob"):
        write_learner(tmp_path / place, "root", 10.0)
    (tmp_path / "ada.json").write_bytes((tmp_path / "ada/root/state.json").read_bytes())
    names = [learner.learner for learner in grades.read(tmp_path, say=print)]
    assert sorted(names) == [
        "ada.json",
        "ada/root/state.json",
        "monday/ada/root/state.json",
        "monday/bob/root/state.json",
    ]


def test_the_folder_of_one_learner_is_called_as_it_is(tmp_path: Path) -> None:
    write_learner(tmp_path, "ada", 10.0)
    assert [learner.learner for learner in grades.read(tmp_path / "ada", say=print)] == ["ada"]


def test_a_copy_of_the_project_is_nobodys_state(tmp_path: Path) -> None:
    write_learner(tmp_path, "ada", 10.0)
    write_learner(tmp_path / "ada/01-first/files", "some", 10.0)
    assert len(grades.read(tmp_path, say=print)) == 1
    assert len(grades.read(tmp_path / "ada", say=print)) == 1


def test_a_folder_without_learners_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no learner's state\.json"):
        grades.read(tmp_path, say=print)


def test_a_cell_that_a_spreadsheet_would_compute_is_text() -> None:
    progress = Progress(digest="", started_at="")
    assert "\n'=1+1," in grades.as_csv([LearnerState(learner="=1+1", lessons={"01-first": progress})])


def test_what_a_class_predicted_stands_beside_what_was_seen(project: Path, tmp_path: Path) -> None:
    write_lesson(project)
    for name, answer in (("ada", 10.0), ("bob", 10.0), ("eve", 5.0)):
        write_learner(tmp_path / "class", name, answer)
    write_learner(tmp_path / "class", "zoe", "good", which="which")
    asked = grades.questions(grades.read(tmp_path / "class", say=print), project)
    assert [(one.id, one.answers) for one in asked] == [("how-many", (10.0, 10.0, 5.0)), ("which", ("good",))]
    lines = list(grades.histogram(asked[0]))
    assert lines[1:4] == ["   5 s █ 1", "  10 s ██ 2", "  seen: 200 to 200, middle 200 s on 4 machines"]
    assert asked[0].as_data()["unit"] == "s"


def test_an_answer_that_cannot_be_is_in_no_histogram(project: Path, tmp_path: Path) -> None:
    write_lesson(project)
    for name, answer in (("ada", 1e300), ("bob", "good"), ("eve", -5.0), ("zoe", 5.0)):
        write_learner(tmp_path / "class", name, answer)
    (asked,) = grades.questions(grades.read(tmp_path / "class", say=print), project)
    assert asked.answers == (5.0,)

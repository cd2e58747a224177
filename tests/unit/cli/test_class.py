import csv
import io
import json
from pathlib import Path

from tests.unit.cli.cli_driving import Lab
from tests.unit.lessons.lesson_factories import write_lesson
from tests.unit.lessons.test_grades import write_learner


def test_marks_are_csv_on_stdout(lab: Lab, tmp_path: Path) -> None:
    write_learner(tmp_path / "class", "ada", 5.0)
    ended = lab("class", "grade", str(tmp_path / "class"))
    assert next(csv.DictReader(io.StringIO(ended.out)))["learner"] == "ada"
    assert ended.err == ""


def test_predictions_are_shown_for_people_and_programs(lab: Lab, project: Path, tmp_path: Path) -> None:
    write_lesson(project)
    write_learner(tmp_path / "class", "ada", 5.0)
    assert "  5 s █ 1" in lab("class", "predictions", str(tmp_path / "class")).out
    assert json.loads(lab("class", "predictions", str(tmp_path / "class"), "--json").out)[0]["answers"] == [5.0]


def test_an_empty_folder_ends_with_2(lab: Lab, tmp_path: Path) -> None:
    assert lab("class", "grade", str(tmp_path)).code == 2


def test_a_folder_that_is_not_there_ends_with_2_and_is_named(lab: Lab, tmp_path: Path) -> None:
    ended = lab("class", "grade", str(tmp_path / "nowhere"))
    assert ended.code == 2
    assert "there is no such folder" in ended.err
    assert str(tmp_path / "nowhere") in ended.err


def test_slides_and_handout_are_named_where_they_were_written(lab: Lab, project: Path, tmp_path: Path) -> None:
    write_lesson(project)
    out = lab("class", "pages", str(tmp_path / "out")).out
    assert [Path(line).name for line in out.splitlines()] == ["slides.html", "handout.html"]

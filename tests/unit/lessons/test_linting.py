from pathlib import Path

import pytest

from lab.errors import InvalidFile, UsageError
from lab.lessons import linting
from tests.unit.lessons.lesson_factories import write_lesson
from tests.unit.unit_project import edit, line_of

ROOT = Path(__file__).parents[3]


def test_the_lessons_of_the_lab_have_no_mistakes() -> None:
    assert linting.require_sound(ROOT, []) == len(list((ROOT / "lessons").glob("*/lesson.yaml")))


def test_all_mistakes_of_all_lessons_are_told_at_once(project: Path) -> None:
    first, second = write_lesson(project), write_lesson(project, number=2, name="second")
    edit(first / "lesson.yaml", "minutes: 10", "minutes: soon")
    edit(second / "lesson.yaml", "stack: plain", "stack: plane")
    with pytest.raises(InvalidFile) as caught:
        linting.require_sound(project, [])
    line = line_of(second / "lesson.yaml", "plane")
    assert any(mistake.startswith("lessons/01-first/lesson.yaml:2: minutes:") for mistake in caught.value.mistakes)
    assert any(
        mistake.startswith(f"lessons/02-second/lesson.yaml:{line}: stacks.one.stack: there is no stack named 'plane'")
        for mistake in caught.value.mistakes
    )


def test_a_solution_that_breaks_the_project_is_told(project: Path) -> None:
    folder = write_lesson(project)
    (folder / "solution/compose").mkdir()
    (folder / "solution/compose/plain.yaml").write_text("name: plain\nx-lab: {}\n")
    with pytest.raises(InvalidFile, match=r"x-lab\.title: is missing"):
        linting.require_sound(project, ["1"])


def test_a_lesson_may_be_a_folder_anywhere(project: Path, tmp_path: Path) -> None:
    folder = write_lesson(project).rename(tmp_path / "05-elsewhere")
    assert linting.require_sound(project, [str(folder)]) == 1
    with pytest.raises(UsageError, match="no such folder"):
        linting.require_sound(project, [str(tmp_path / "nowhere")])

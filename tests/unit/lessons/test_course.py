from pathlib import Path

import pytest

from lab.errors import UsageError
from lab.lessons import course, playing
from lab.lessons.state import Progress
from tests.unit.lessons.lesson_factories import make_desk, make_lesson, write_lesson


def test_lessons_are_found_by_number(project: Path) -> None:
    write_lesson(project, number=2, name="second")
    write_lesson(project, number=1)
    assert course.find(project, 2).name == "02-second"
    assert [path.name for path in course.folders(project)] == ["01-first", "02-second"]
    with pytest.raises(UsageError, match="no lesson 3") as caught:
        course.find(project, 3)
    assert caught.value.fix == "there are 1, 2"


def test_a_project_without_lessons_says_so(project: Path) -> None:
    with pytest.raises(UsageError, match="no lessons here"):
        course.folders(project)


def test_the_lesson_meant_is_the_one_named_else_the_last_started_else_the_first(project: Path) -> None:
    make_lesson(project)
    second = make_lesson(project, number=2, name="second")
    desk = make_desk(project)
    assert desk.chosen(None).number == 1
    playing.lay_out(desk, second)
    assert make_desk(project).chosen(None).number == 2
    assert desk.chosen(1).number == 1
    with pytest.raises(UsageError, match="last lesson"):
        course.following(desk)


def test_a_lesson_that_was_not_started_says_how_to(project: Path) -> None:
    lesson = make_lesson(project)
    with pytest.raises(UsageError, match="has not been started") as caught:
        make_desk(project).progress(lesson)
    assert caught.value.fix == "lab lesson start 1"


def test_a_lesson_that_was_changed_underneath_is_said_to_be(project: Path) -> None:
    said: list[str] = []
    lesson = make_lesson(project)
    desk = make_desk(project, said=said)
    playing.lay_out(desk, lesson)
    desk.progress(lesson)
    assert said == []
    (lesson.folder / "README.md").write_text("# Another task\n\n## Why\n\nSo.\n")
    desk.progress(course.find(project, 1))
    assert "lab lesson reset 1" in said[0]


@pytest.mark.parametrize(
    ("passed", "solved", "said"),
    [
        (None, None, "started"),
        ("2026-01-01T10:00:00", None, "passed"),
        (None, "2026-01-01T10:00:00", "solved by the lab"),
        ("2026-01-01T11:00:00", "2026-01-01T10:00:00", "solved by the lab"),
        ("2026-01-01T09:00:00", "2026-01-01T10:00:00", "passed"),
    ],
)
def test_who_passed_before_the_solution_has_passed(passed: str | None, solved: str | None, said: str) -> None:
    progress = Progress(digest="", started_at="", passed_at=passed, solved_at=solved)
    assert course.standing({"one": progress}, "one") == said
    assert course.standing({}, "one") == "new"

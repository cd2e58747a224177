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
    progress = Progress(digest="", started_at="2026-01-01", passed_at=passed, solved_at=solved)
    assert course.standing({"one": progress}, "one") == said
    assert course.standing({}, "one") == "new"


def test_the_lesson_that_follows_one_of_a_number(project: Path) -> None:
    for number, name in ((1, "first"), (2, "second"), (3, "third")):
        write_lesson(project, number=number, name=name)
    assert course.following(make_desk(project), 2).number == 3


def test_the_next_lesson_to_do_is_the_first_from_the_current_one_on_that_is_not_done(project: Path) -> None:
    first, second = make_lesson(project), make_lesson(project, number=2, name="second")
    desk = make_desk(project)
    assert course.still_open(desk) == 1
    playing.lay_out(desk, first)
    playing.solve(desk, first)
    assert course.still_open(desk) == 2
    playing.lay_out(desk, second)
    playing.solve(desk, second)
    assert course.still_open(desk) is None
    playing.reset(desk, first)
    assert course.still_open(desk) == 1


def test_who_began_in_the_middle_goes_on_there(project: Path) -> None:
    make_lesson(project)
    desk = make_desk(project)
    playing.lay_out(desk, make_lesson(project, number=2, name="second"))
    assert course.still_open(desk) == 2


def test_what_two_terminals_do_to_two_lessons_is_both_kept(project: Path) -> None:
    first, second = make_lesson(project), make_lesson(project, number=2, name="second")
    desk = make_desk(project)
    playing.lay_out(desk, first)
    playing.lay_out(desk, second)
    one, other = make_desk(project), make_desk(project)
    playing.hint(one, first)
    playing.hint(other, second)
    playing.hint(other, first)
    kept = make_desk(project).state.lessons
    assert (kept[first.name].hints, kept[second.name].hints) == (2, 1)


def test_what_was_done_in_a_lesson_that_another_terminal_began_anew_is_not_kept(project: Path) -> None:
    lesson = make_lesson(project)
    playing.lay_out(make_desk(project), lesson)
    one, other = make_desk(project), make_desk(project)
    playing.reset(other, lesson)
    with pytest.raises(UsageError, match="begun anew in another terminal"), one.changing(lesson) as progress:
        progress.hints += 1
    assert make_desk(project).state.lessons[lesson.name].hints == 0

import re
from pathlib import Path

import pytest

from lab.errors import InvalidFile, UsageError
from lab.lessons import lessonfile, linting, workspace
from tests.unit.lessons.lesson_factories import write_lesson
from tests.unit.unit_project import edit, line_of

ROOT = Path(__file__).parents[3]


def test_the_lessons_of_the_lab_have_no_mistakes() -> None:
    said: list[str] = []
    assert (
        linting.require_sound(ROOT, [], say=said.append)
        == len(said)
        == len(list((ROOT / "lessons").glob("*/lesson.yaml")))
    )


@pytest.mark.parametrize("folder", sorted((ROOT / "lessons").glob("*/")), ids=lambda path: path.name)
def test_a_task_of_the_lab_tells_nothing_that_is_still_to_be_seen(folder: Path) -> None:
    lesson = lessonfile.load(folder)
    for told in ("You saw", "you have seen", "on your screen", "isconception"):
        assert told not in lesson.task
    assert f"lab lesson check {lesson.number}" in lesson.task
    assert "**The misconception**" in lesson.why
    assert "## To go on" in lesson.why


@pytest.mark.parametrize("folder", sorted((ROOT / "lessons").glob("*/")), ids=lambda path: path.name)
def test_the_why_which_comes_before_the_edit_names_nothing_that_the_solution_brings(folder: Path) -> None:
    lesson = lessonfile.load(folder)
    brought = set()
    for name in lessonfile.files_in(folder / lessonfile.SOLUTION):
        start = next(path for path in (folder / lessonfile.START / name, ROOT / name) if path.is_file())
        brought |= names(folder / lessonfile.SOLUTION / name) - names(start)
    assert sorted(brought & set(NAME.findall(lesson.why)) - set(NAME.findall(lesson.task))) == []


NAME = re.compile(r"\b(?:[a-z]+(?:[._][a-z]+)+|\d{3,})\b")
"""What a program calls by a name of several words, and figures of three digits or more."""


def names(path: Path) -> set[str]:
    return set(NAME.findall(path.read_text("utf-8")))


def test_all_mistakes_of_all_lessons_are_told_at_once(project: Path) -> None:
    first, second = write_lesson(project), write_lesson(project, number=2, name="second")
    edit(first / "lesson.yaml", "minutes: 10", "minutes: soon")
    edit(second / "lesson.yaml", "stack: plain", "stack: plane")
    with pytest.raises(InvalidFile) as caught:
        linting.require_sound(project, [], say=print)
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
        linting.require_sound(project, ["1"], say=print)


def test_the_project_is_copied_once_and_no_lesson_sees_the_files_of_another(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies: list[Path] = []
    copy = workspace.copy

    def counted(of: Path, to: Path) -> None:
        copies.append(to)
        copy(of, to)

    monkeypatch.setattr(workspace, "copy", counted)
    for number, part in ((1, "start"), (2, "solution"), (3, "solution")):
        folder = write_lesson(project, number=number)
        (folder / part / "compose").mkdir()
        (folder / part / "compose/plain.yaml").write_text("name: plain\nx-lab: {}\n")
    sound = write_lesson(project, number=4)
    with pytest.raises(InvalidFile) as caught:
        linting.require_sound(project, [], say=print)
    assert len(copies) == 1
    assert any("compose/plain.yaml" in mistake for mistake in caught.value.mistakes)
    assert {mistake.split("/")[1].split(":")[0] for mistake in caught.value.mistakes} == {
        "01-first",
        "02-first",
        "03-first",
    }
    assert linting.require_sound(project, [str(sound)], say=print) == 1


def test_mistakes_name_no_temporary_folder(project: Path) -> None:
    folder = write_lesson(project)
    (folder / "start/compose").mkdir()
    (folder / "start/compose/plain.yaml").write_text("name: plain\nx-lab: {}\n")
    with pytest.raises(InvalidFile) as caught:
        linting.require_sound(project, [], say=print)
    assert all(mistake.startswith("lessons/01-first: compose/plain.yaml") for mistake in caught.value.mistakes)


def test_a_lesson_may_be_a_folder_anywhere(project: Path, tmp_path: Path) -> None:
    folder = write_lesson(project).rename(tmp_path / "05-elsewhere")
    assert linting.require_sound(project, [str(folder)], say=print) == 1
    with pytest.raises(UsageError, match="no such folder"):
        linting.require_sound(project, [str(tmp_path / "nowhere")], say=print)

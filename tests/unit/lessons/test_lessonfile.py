import re
from pathlib import Path

import pytest

from lab.errors import InvalidFile
from lab.lessons import lessonfile
from lab.lessons.probes import Answer
from tests.unit.lessons.lesson_factories import write_lesson
from tests.unit.unit_project import edit, line_of

ROOT = Path(__file__).parents[3]


def mistakes_of(folder: Path) -> list[str]:
    with pytest.raises(InvalidFile) as caught:
        lessonfile.load(folder)
    return [mistake.replace(f"{folder}/", "") for mistake in caught.value.mistakes]


def test_a_lesson_is_read_with_its_probes_and_its_hints(project: Path) -> None:
    lesson = lessonfile.load(write_lesson(project, number=7))
    assert (lesson.number, lesson.name) == (7, "07-first")
    assert isinstance(lesson.checks[0].probe, Answer)
    assert [hint.splitlines()[0] for hint in lesson.hints] == ["## One", "## Two", "## Three"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("minutes: 10", "minuets: 10", "minuets: is not a key known here: did you mean 'minutes'?"),
        (
            "kind: answer, stack: one, ask: {path: /ready}",
            "kind: anwser, stack: one",
            "checks.0.probe.kind: must be one",
        ),
        (
            "stack: one, ask: {path: /ready}",
            "stack: two, ask: {path: /ready}",
            "'two' is none of this lesson's stacks: one",
        ),
        ("ask: {path: /ready}", "ask: {path: ready}", "checks.0.probe.ask.path:"),
        ("expect: {equals: ready}", "expect: {}", "checks.0.expect: must say what is expected"),
        ("expect: {equals: ready}", 'expect: {matches: "("}', "checks.0.expect.matches: is no regular expression"),
        (
            "observation: status}\n  - {id: which",
            "observation: staus}\n  - {id: which",
            "there is no observation 'staus'",
        ),
        ("{id: which", "{id: how-many", "predictions.1.id: 'how-many' is there already"),
        (
            "{id: how-many, ask: How many?",
            "{id: how-many, most: 0, ask: How many?",
            "predictions.0.most: must be above",
        ),
        ("choices: {good", "unit: s, choices: {good", "predictions.1.unit: a choice has no unit"),
    ],
)
def test_a_mistake_is_told_with_file_and_key(project: Path, old: str, new: str, said: str) -> None:
    folder = write_lesson(project)
    edit(folder / "lesson.yaml", old, new)
    found = mistakes_of(folder)
    assert any(said in mistake and mistake.startswith("lesson.yaml:") for mistake in found), found


def test_a_mistake_in_a_pattern_of_a_probe_is_told(project: Path) -> None:
    folder = write_lesson(project)
    wanted = "probe: {kind: processes, stack: one, service: app, matching: '*'}"
    edit(folder / "lesson.yaml", "probe: {kind: answer, stack: one, ask: {path: /ready}, take: body}", wanted)
    (found,) = mistakes_of(folder)
    assert found.startswith(f"lesson.yaml:{line_of(folder / 'lesson.yaml', 'processes')}: checks.0.probe.matching:")


def test_all_mistakes_of_a_folder_are_told_at_once(project: Path) -> None:
    folder = write_lesson(project)
    (folder / "notes-for-teachers.md").unlink()
    (folder / "hints.md").write_text("## Only one\n")
    (folder / "solution/app.txt").write_text("wrong\n")
    edit(folder / "lesson.yaml", "title: A lesson\n", "")
    found = "\n".join(mistakes_of(folder))
    for said in (
        "notes-for-teachers.md: is missing",
        "that begin with ##): 1;",
        "is the same as what",
        "title: is missing",
    ):
        assert said in found


def test_the_task_ends_where_the_why_begins(project: Path) -> None:
    lesson = lessonfile.load(write_lesson(project))
    assert lesson.task == "# 1. A lesson\n\nDo it.\n"
    assert lesson.why == "## Why\n\nIt is so.\n\n## To go on\n\nWhat else?"


def test_a_readme_without_its_why_is_a_mistake(project: Path) -> None:
    folder = write_lesson(project)
    (folder / "README.md").write_text("# 1. A lesson\n\n## Why not\n\nIt is so.\n")
    (found,) = mistakes_of(folder)
    assert found.startswith("README.md: has no section `## Why`")


def test_a_lesson_without_a_solution_or_number_is_refused(project: Path) -> None:
    folder = write_lesson(project)
    (folder / "solution/app.txt").unlink()
    bare = folder.rename(folder.with_name("first"))
    found = "\n".join(mistakes_of(bare))
    assert "solution: holds no file" in found
    assert "must be called NN-some-name" in found


def test_any_change_to_the_folder_changes_its_digest(project: Path) -> None:
    folder = write_lesson(project)
    before = lessonfile.load(folder).digest
    assert lessonfile.load(folder).digest == before
    (folder / "solution/app.txt").write_text("righter\n")
    assert lessonfile.load(folder).digest != before


_WORD = re.compile(r"[$\w][\w.]*\w")


def _words_of_code(text: str) -> set[str]:
    """What can only be code: words with an underscore, a dollar sign or a dot in them."""
    return {word for word in _WORD.findall(text) if re.search(r"[_$.]", word)}


@pytest.mark.parametrize("folder", lessonfile.folders(ROOT / "lessons"), ids=lambda folder: folder.name)
def test_neither_a_failed_check_nor_the_why_names_what_the_solution_brings(folder: Path) -> None:
    lesson = lessonfile.load(folder)
    brought: set[str] = set()
    for name in lessonfile.files_in(folder / "solution"):
        found = next((path for path in (folder / "start" / name, ROOT / name) if path.is_file()), None)
        before = found.read_text("utf-8") if found else ""
        brought |= _words_of_code((folder / "solution" / name).read_text("utf-8")) - _words_of_code(before)
    told = " ".join(f"{one.says} {one.otherwise}" for one in lesson.checks) + lesson.why
    assert (brought - _words_of_code(lesson.task)) & _words_of_code(told) == set()


def test_of_a_lesson_that_is_no_yaml_only_that_is_told(project: Path) -> None:
    folder = write_lesson(project)
    edit(folder / "lesson.yaml", "title:", "title: a:")
    (told,) = mistakes_of(folder)
    assert "is not YAML" in told

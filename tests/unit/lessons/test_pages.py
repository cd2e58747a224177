from pathlib import Path

from lab.lessons import pages
from tests.unit.lessons.lesson_factories import write_lesson
from tests.unit.unit_project import edit


def test_slides_and_a_handout_are_made_of_all_lessons(project: Path, tmp_path: Path) -> None:
    write_lesson(project)
    write_lesson(project, number=2, name="second")
    slides, handout = pages.write(project, tmp_path / "out")
    text = slides.read_text()
    assert text.count('<section class="slide">') == 8
    assert "lab lesson start 2" in text
    assert "<li>The good</li>" in text
    assert "<h1>2. A lesson</h1>" in handout.read_text()
    assert "How many? (s)" in handout.read_text()


def test_the_handout_asks_before_it_answers(project: Path, tmp_path: Path) -> None:
    write_lesson(project)
    text = pages.write(project, tmp_path)[1].read_text()
    assert text.index("Do it.") < text.index("How many? (s)") < text.index("<h2>Why</h2>")


def test_the_pages_load_nothing_from_elsewhere_and_run_nothing(project: Path, tmp_path: Path) -> None:
    folder = write_lesson(project)
    edit(folder / "README.md", "Do it.", "<script>alert(1)</script>")
    for path in pages.write(project, tmp_path):
        text = path.read_text()
        assert "<script" not in text
        assert "src=" not in text
        assert "href=" not in text

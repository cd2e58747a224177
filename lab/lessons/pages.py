"""Slides and a handout from the lessons' Markdown: two HTML files without scripts, fonts or pictures from elsewhere."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt

from lab.lessons import course, lessonfile
from lab.lessons.lessonfile import Lesson

SLIDES, HANDOUT = "slides.html", "handout.html"
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>
body {{ font: 1.05rem/1.5 system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; color: #222; }}
pre {{ background: #f4f4f4; padding: .8rem; overflow-x: auto; }} code {{ font-size: .92em; }}
section.slide {{ min-height: 90vh; border-bottom: 1px solid #ccc; padding: 3vh 0; font-size: 1.35rem; }}
.line {{ border-bottom: 1px solid #999; height: 2rem; }}
@media print {{ section.slide, article {{ break-after: page; border: 0; }} }}
</style></head><body>
{body}
</body></html>
"""


def write(project: Path, folder: Path) -> list[Path]:
    """Make both files. Raises InvalidFile for a lesson with mistakes, OSError where nothing can be written."""
    lessons = [lessonfile.load(path) for path in course.folders(project)]
    folder.mkdir(parents=True, exist_ok=True)
    made = {SLIDES: slides(lessons), HANDOUT: handout(lessons)}
    for name, text in made.items():
        (folder / name).write_text(text, "utf-8")
    return [folder / name for name in made]


def slides(lessons: Sequence[Lesson]) -> str:
    """For each lesson: what it is about, what to predict, what it is built on, and its question."""
    parts = [_slide(text) for lesson in lessons for text in _slides_of(lesson)]
    return _PAGE.format(title="The workshop: slides", body="\n".join(parts))


def _slides_of(lesson: Lesson) -> list[str]:
    file = lesson.file
    goals = "\n".join(f"- {goal}" for goal in file.goals)
    asked = "\n\n".join(_asked(lesson, number) for number in range(len(file.predictions)))
    return [
        f"# {lesson.number}. {file.title}\n\n{file.minutes} minutes\n\n{goals}\n\n`lab lesson start {lesson.number}`",
        f"## Predict\n\n{asked}",
        f"## The misconception\n\n{file.misconception}",
        f"## To go on\n\n{file.question}",
    ]


def _asked(lesson: Lesson, number: int) -> str:
    one = lesson.file.predictions[number]
    choices = "\n".join(f"   - {text}" for text in one.choices.values())
    return f"{number + 1}. {one.ask.strip()}{f' ({one.unit})' if one.unit else ''}\n{choices}"


def _slide(markdown: str) -> str:
    return f'<section class="slide">{_html(markdown)}</section>'


def handout(lessons: Sequence[Lesson]) -> str:
    """For each lesson its task, lines to write the predictions on, and on a page of its own why it is so."""
    return _PAGE.format(title="The workshop: handout", body="\n".join(map(_article, lessons)))


def _article(lesson: Lesson) -> str:
    lines = "".join(
        f'<p>{escape(one.ask.strip())}{f" ({escape(one.unit)})" if one.unit else ""}</p><div class="line"></div>'
        for one in lesson.file.predictions
    )
    predictions = f"<h2>Your predictions, and why</h2>{lines}"
    return f"<article>{_html(lesson.task)}{predictions}</article><article>{_html(lesson.why)}</article>"


def _html(markdown: str) -> str:
    return str(MarkdownIt("commonmark", {"html": False}).render(markdown))

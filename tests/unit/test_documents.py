"""Every page can be walked: what a relative link names is there, and so is the heading that it points at."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.cli import lesson as lesson_cli
from lab.lessons import course

ROOT = Path(__file__).parents[2]
NOT_OURS = {".venv", ".git", "build", "results", "node_modules", ".pytest_cache"}
PAGES = sorted(path for path in ROOT.rglob("*.md") if not NOT_OURS & set(path.relative_to(ROOT).parts))
VERBS = {one.name or one.callback.__name__ for one in lesson_cli.app.registered_commands if one.callback}
LINK = re.compile(r"\]\(([^()\s]+)\)")
HEADING = re.compile(r"#{1,6} (.+)")


def prose(page: Path) -> Iterator[str]:
    """The lines of a page outside of its blocks of code, which hold no links and no headings."""
    fenced = False
    for line in page.read_text("utf-8").splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced and not line.startswith("    "):
            yield line


def links(page: Path) -> Iterator[tuple[str, str]]:
    """Path (empty for the page itself) and anchor (empty for the top) of each link that stays in the project."""
    for line in prose(page):
        for target in LINK.findall(re.sub(r"`[^`]*`", "", line)):
            if not re.match(r"[a-z]+:", target):
                path, _, anchor = target.partition("#")
                yield path, anchor


def anchors(page: Path) -> set[str]:
    """What the headings of a page are called in links: lower case, words joined, punctuation gone."""
    found: set[str] = set()
    for line in prose(page):
        if heading := HEADING.fullmatch(line):
            name = re.sub(r"[^\w\- ]", "", heading[1].strip().lower()).replace(" ", "-")
            copies = (name, *(f"{name}-{number}" for number in range(1, 100)))
            found.add(next(copy for copy in copies if copy not in found))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_link_of_a_page_leads_somewhere(page: Path) -> None:
    lost = [
        f"{path}#{anchor}"
        for path, anchor in links(page)
        if not (target := (page.parent / path).resolve() if path else page).exists()
        or (anchor and anchor not in anchors(target))
    ]
    assert lost == []


def test_the_front_page_is_two_screens() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert len(text.splitlines()) <= 110
    assert len(text.split()) <= 1100


FIGURE = re.compile(r"([\d.,]+)(?:/s| m?s)? \(([\d.,]+–[\d.,]+)\)")
KEPT = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "docs/example").glob("*.md")))


@pytest.mark.parametrize("page", ["docs/service.md", "docs/reproduction.md", "docs/layers.md"])
def test_each_figure_of_a_table_stands_with_its_interval_in_a_report_that_is_kept(page: str) -> None:
    lines = [line for line in prose(ROOT / page) if line.lstrip().startswith("| ")]
    figures = [found for line in lines for found in FIGURE.findall(line)]
    assert figures
    kept = ("| {} | {} |", "| ≥ {} | {} |", "| {} ({}) |")  # a figure and its interval in two cells, a floor, or in one
    assert [figure for figure in figures if not any(form.format(*figure) in KEPT for form in kept)] == []


def rows_of(page: str) -> dict[str, dict[str, str]]:
    """First cell → column → cell, of the tables of a page that begin with `fault`."""
    lines = [line for line in (ROOT / page).read_text("utf-8").splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    (header,) = [row for row in cells if row[0] == "fault"]
    rows = [row for row in cells[cells.index(header) + 2 :] if len(row) == len(header)]
    return {row[0]: dict(zip(header, row, strict=True)) for row in rows}


def test_the_faults_on_the_front_page_are_those_of_the_table() -> None:
    shown, table = rows_of("README.md"), rows_of("docs/example/faults.md")
    assert shown
    assert {name: {column: table[name][column] for column in row} for name, row in shown.items()} == shown


def shown(heading: str) -> list[str]:
    """The lines of the block under a heading of the front page."""
    section = (ROOT / "README.md").read_text("utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return [line.removeprefix("    ") for line in section.splitlines() if line.startswith("    ")]


def test_the_lesson_on_the_front_page_says_what_that_lesson_says() -> None:
    commands = [line for line in shown("A lesson") if line.startswith("$ lab lesson ")]
    lesson = course.find(ROOT, int(commands[0].split()[4]))
    why = " ".join(lesson.why.split())
    says = {f"pass: {one.says.strip()}" for one in lesson.checks}
    patterns = [re.escape(one.says.strip()).replace(re.escape("{value}"), ".+") for one in lesson.observations]
    patterns += [rf"kept: {one.id}: .+, \d+% sure|{one.id}  .+" for one in lesson.file.predictions]
    patterns += [
        r"prediction +yours +sure +seen",
        r"    seen: [\d.]+( \([\d.]+ to [\d.]+\))?: .+",
        f"lesson {lesson.number} is passed. A question .+",
    ]
    said = [line for line in shown("A lesson") if line not in commands and line != "…"]
    assert [line for line in said if line not in says and line not in why and not _matches(patterns, line)] == []
    assert len(said) > len(commands) > 3
    assert {command.split()[3] for command in commands} <= VERBS


def _matches(patterns: list[str], line: str) -> bool:
    return any(re.fullmatch(pattern, line) for pattern in patterns)

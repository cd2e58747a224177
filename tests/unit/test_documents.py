"""Every page can be walked: what a relative link names is there, and so is the heading that it points at."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOT_OURS = {".venv", ".git", "build", "results", "node_modules", ".pytest_cache"}
PAGES = sorted(path for path in ROOT.rglob("*.md") if not NOT_OURS & set(path.relative_to(ROOT).parts))
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


def test_the_front_page_is_one_screen() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert len(text.splitlines()) <= 80
    assert len(text.split()) <= 900

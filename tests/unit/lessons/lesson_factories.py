"""A small lesson in a small project, and stacks that are up without an engine."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from lab.deploy.prepare import Plan
from lab.lessons import lessonfile
from lab.lessons.course import Desk, sit_down
from lab.lessons.lessonfile import Lesson
from lab.lessons.workspace import Workspace

LESSON = """\
title: A lesson
minutes: 10
goals: [to see]
misconception: That it is so.
question: Why?
stacks:
  one: {stack: plain, settings: {HEALTH_DELAY: "0"}}
predictions:
  - {id: how-many, ask: How many?, unit: s, observation: status}
  - {id: which, ask: Which?, choices: {good: The good, bad: The bad}, observation: status}
observations:
  - {id: status, says: "It said {value}", probe: {kind: answer, stack: one, ask: {path: /health}}}
checks:
  - id: ready
    says: It is ready
    probe: {kind: answer, stack: one, ask: {path: /ready}, take: body}
    expect: {equals: ready}
    otherwise: Make it ready.
"""
HINTS = "# Hints\n\n## One\n\nLook.\n\n## Two\n\nThink.\n\n## Three\n\nDo.\n"
SAID: list[str] = []


def write_lesson(project: Path, *, number: int = 1, name: str = "first") -> Path:
    """A lesson's folder without a mistake, in a project."""
    folder = project / "lessons" / f"{number:02}-{name}"
    files = {
        "lesson.yaml": LESSON,
        "README.md": f"# {number}. A lesson\n\nDo it.\n\n## Why\n\nIt is so.\n\n## To go on\n\nWhat else?\n",
        "hints.md": HINTS,
        "notes-for-teachers.md": "Ten minutes.\n",
        "start/app.txt": "wrong\n",
        "solution/app.txt": "right\n",
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return folder


def make_lesson(project: Path, **how: Any) -> Lesson:
    return lessonfile.load(write_lesson(project, **how))


def make_desk(project: Path, *, learner: str = "ada", said: list[str] | None = None) -> Desk:
    where = Workspace(root=project.parent / "workspace", learner=learner)
    return sit_down(project, where, say=(SAID if said is None else said).append)


def make_place(url: str, *, project: str = "lab-of-ada-one-plain", port: int = 8080) -> Plan:
    """A stack that is up at an address, as far as looking at it needs one."""
    stack = SimpleNamespace(name="plain", tiers={"app": "application"}, entry=SimpleNamespace(service="app", port=port))
    return cast(Plan, SimpleNamespace(url=url, project=SimpleNamespace(name=project), stack=stack))

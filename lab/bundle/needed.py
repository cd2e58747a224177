"""Which images a bundle holds: those of the lessons and of a comparison, or those of every stack."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lab.catalog import Catalog, load_catalog
from lab.deploy import building
from lab.engine import images
from lab.errors import LabError
from lab.lessons import course, lessonfile, workspace
from lab.model import Pins


def targets(catalog: Catalog, *, table: str, everything: bool) -> dict[str, dict[str, Any]]:
    """Bake targets by image: what all lessons start from, what `table` measures, and the load.

    With `everything`, those of every stack with the versions of today, too. Raises LabError for a lesson whose image no
    stack of the lab has.
    """
    compared = catalog.table(table)
    current: list[tuple[str, Pins]] = [(s.name, "current") for s in catalog.stacks.values() if "current" in s.pins]
    known = building.targets(catalog, current)
    wanted = building.targets(catalog, [(row.stack, compared.pins) for row in compared.rows])
    for lesson, image in _of_lessons(catalog.home):
        if image not in known:
            raise LabError(
                f"the lesson {lesson} starts from {image}, which no stack of the lab has",
                fix="let the lesson use the image of a stack: a bundle holds those",
            )
        wanted[image] = known[image]
    return dict(sorted({**wanted, **(known if everything else {})}.items()))


def _of_lessons(project: Path) -> Iterator[tuple[str, str]]:
    """Each lesson with each image that its stacks are built as."""
    with tempfile.TemporaryDirectory(prefix="lab-bundle-") as temporary:
        copy = Path(temporary) / "project"
        workspace.copy(project, copy)
        for folder in course.folders(project):
            lesson = lessonfile.load(folder)
            with workspace.laid_over(project, copy, lesson) as parts:
                next(parts)
                catalog = load_catalog(copy)
                used = [catalog.deployment(use.stack, settings=use.settings) for use in lesson.file.stacks.values()]
                for image in images.targets(building.merged(catalog, used).values()):
                    yield lesson.name, image

"""What `lab lesson lint` asks of a lesson beyond its own files: its stacks are there, in a sound copy."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from lab.catalog import load_catalog, yamlfile
from lab.errors import InvalidFile, UsageError
from lab.host.say import Say
from lab.lessons import course, lessonfile, workspace
from lab.lessons.lessonfile import FILE, Lesson


def require_sound(project: Path, named: Sequence[str], *, say: Say) -> int:
    """How many lessons were looked at. Raises InvalidFile with every mistake of all of them at once."""
    folders = [_folder(project, name) for name in named] or course.folders(project)
    mistakes: list[str] = []
    with tempfile.TemporaryDirectory(prefix="lab-lint-") as temporary:
        copy = Path(temporary) / "project"
        workspace.copy(project, copy)
        for folder in folders:
            say(f"looking at {folder.name}")
            lesson, found = lessonfile.read(folder)
            mistakes += found
            if lesson is not None and not found:
                mistakes += _stacks(project, copy, lesson)
    if mistakes:
        raise InvalidFile([mistake.replace(f"{project}/", "") for mistake in mistakes])
    return len(folders)


def _folder(project: Path, name: str) -> Path:
    """A lesson by its number or its folder. Raises UsageError."""
    if name.isdigit():
        known = {int(path.name[:2]): path for path in course.folders(project)}
        if int(name) in known:
            return known[int(name)]
        raise UsageError(f"there is no lesson {name}", fix=f"there are {', '.join(map(str, known))}")
    path = Path(name).absolute()
    if not path.is_dir():
        raise UsageError("there is no such folder", where=str(path), fix="name a lesson's folder, or its number")
    return path


def _stacks(project: Path, copy: Path, lesson: Lesson) -> Iterator[str]:
    """The stacks that the files must hold, as a learner starts and after the solution."""
    document, _ = yamlfile.read(lesson.folder / FILE)
    with workspace.laid_over(project, copy, lesson) as parts:
        for _part in parts:
            try:
                catalog = load_catalog(copy)
            except InvalidFile as wrong:
                yield from (f"{lesson.folder}: {mistake.replace(f'{copy}/', '')}" for mistake in wrong.mistakes)
                return
            for key, use in lesson.file.stacks.items():
                try:
                    catalog.deployment(use.stack, settings=use.settings)
                except UsageError as error:
                    said = " ".join(filter(None, (error.what, error.fix)))
                    yield document.mistake(("stacks", key, "stack"), said)

"""How long it takes to build an image again after one line of its source has changed."""

import shutil
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from docker import DockerClient

from lab.engine import images
from lab.host.interrupts import uninterrupted
from lab.host.say import Say
from lab.host.session import LABEL_SESSION

COMMENTS = {".go": "//", ".js": "//", ".mjs": "//", ".cjs": "//", ".ts": "//"}
OTHERWISE = "#"
IGNORE = ".dockerignore"


def seconds(
    client: DockerClient, target: Mapping[str, Any], *, main: Path, session: str, say: Say = lambda _text: None
) -> float:
    """Build a bake target again, under a name of its own, with one more comment at the end of its `main` file.

    The change is made in a copy of the build context. The comment is another one each time, so that no earlier
    build can stand in for this one; all that does not depend on it comes from the cache.
    """
    context = Path(target["context"])
    change = uuid.uuid4().hex
    scratch = f"lab/rebuilt:{change[:12]}"
    with tempfile.TemporaryDirectory(prefix="lab-rebuild-") as folder, _removed(client, scratch):
        copy = copy_context(context, Path(folder) / "context")
        append_comment(copy / main.relative_to(context), change)
        changed = {**target, "context": str(copy), "tags": [scratch], "labels": {LABEL_SESSION: session}}
        return images.bake({scratch: changed}, say=say).seconds


def copy_context(context: Path, to: Path) -> Path:
    """Copy what a build sends: the folders that `.dockerignore` lets through, if it begins with a `*`."""
    patterns = (context / IGNORE).read_text("utf-8").splitlines() if (context / IGNORE).is_file() else []
    let_through = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
    never = shutil.ignore_patterns(*(pattern[3:] for pattern in patterns if pattern.startswith("**/")))
    to.mkdir(parents=True)
    for path in context.iterdir():
        if path.name != IGNORE and "*" in patterns and path.name not in let_through:
            continue
        if path.is_dir():
            shutil.copytree(path, to / path.name, symlinks=True, ignore=never)
        else:
            shutil.copy2(path, to / path.name)
    return to


def append_comment(path: Path, text: str) -> None:
    """Change a source by one line that does nothing."""
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{COMMENTS.get(path.suffix, OTHERWISE)} {text}\n")


@contextmanager
def _removed(client: DockerClient, tag: str) -> Iterator[None]:
    """The image that only the clock wanted goes, also if its build was interrupted at the very end."""
    try:
        yield
    finally:
        with uninterrupted():
            for image in client.images.list(name=tag):
                client.images.remove(str(image.id), force=True)

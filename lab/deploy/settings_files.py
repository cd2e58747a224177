"""Files of settings that a Compose file gives to a service: bound into it, or copied into its image.

They are somebody's: only what lies inside of the project's folder is read, and what cannot be read is left out.
"""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from yaml.nodes import Node, ScalarNode, SequenceNode

from lab.deploy.config_lines import child, service_of, text_of

NGINX, GUNICORN = ("*.conf", "*.conf.template"), ("gunicorn*.py",)
MOST_KIB = 256
"""Of a file: no settings are so long."""
_COPY = re.compile(r"^\s*(?:COPY|ADD)\s+(.*)$", re.MULTILINE | re.IGNORECASE)


def given(path: Path, name: str, *, within: Path) -> Iterator[Path]:
    """Those of a service of the Compose file at `path`, as far as they lie inside of `within`.

    What an image is built from counts where its Dockerfile copies it by name, or by the name of its folder; Gunicorn's
    settings, which are nobody else's, also where it copies everything. Names with settings of the environment in them
    are left out, and so is what a service that it extends is given.
    """
    service = service_of(path, name)
    if service is None:
        return
    for named in _bound(service):
        yield from _kept(_found(path.parent / named, NGINX + GUNICORN), within)
    for context, dockerfile in _built_from(service):
        yield from _kept(_copied(path.parent / context, dockerfile), within)


def _kept(found: Iterator[Path], within: Path) -> Iterator[Path]:
    """The regular files among them that may be read, that are small, and that no link leads out of the project."""
    with suppress(OSError):
        for file in found:
            inside = file.resolve().is_relative_to(within.resolve())
            if inside and file.is_file() and os.access(file, os.R_OK) and file.stat().st_size <= MOST_KIB * 1024:
                yield file


def _found(place: Path, likes: tuple[str, ...]) -> Iterator[Path]:
    """The file itself, or those of a folder and of the folders in it, by their names."""
    if place.is_dir():
        yield from sorted(found for within in ("", "*/") for like in likes for found in place.glob(within + like))
    elif any(place.match(like) for like in likes):
        yield place


def _copied(context: Path, dockerfile: str) -> Iterator[Path]:
    """The files of a build context that its Dockerfile copies."""
    words = {word.rstrip("/") for line in _COPY.findall(text_of(context / dockerfile)) for word in line.split()}
    for file in _found(context, NGINX):
        if words & {file.name, f"./{file.name}", *_names(file.relative_to(context))}:
            yield file
    for file in _found(context, GUNICORN):
        if words & {".", *_names(file.relative_to(context))}:
            yield file


def _names(file: Path) -> set[str]:
    """How a Dockerfile calls a file of its context: by its path, or by that of its folder."""
    folder = file.parent.as_posix()
    named = {file.as_posix(), *((folder,) if folder != "." else ())}
    return named | {f"./{name}" for name in named}


def _bound(service: Node) -> Iterator[str]:
    """What is bound into a service, in the short form or the long one."""
    volumes = child(service, "volumes")
    for volume in volumes.value if isinstance(volumes, SequenceNode) else ():
        source = volume if isinstance(volume, ScalarNode) else child(volume, "source")
        named = source.value.split(":")[0] if isinstance(source, ScalarNode) else ""
        if named.startswith((".", "/")) and "$" not in named:
            yield named


def _built_from(service: Node) -> Iterator[tuple[str, str]]:
    """The build context and the Dockerfile in it."""
    build = child(service, "build")
    context = build if isinstance(build, ScalarNode) else child(build, "context") if build else None
    named = child(build, "dockerfile") if build else None
    dockerfile = named.value if isinstance(named, ScalarNode) else "Dockerfile"
    if isinstance(context, ScalarNode) and "$" not in context.value + dockerfile:
        yield context.value, dockerfile

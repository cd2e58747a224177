"""Lines of configuration that somebody wrote to deploy a stack, and has to keep right.

Counted: the stack's Compose file, without its `x-lab`, which only the lab reads; of other Compose files the
services that it extends, and what those extend; the confs that the services' commands name, with what they
include. Not counted: comments and blank lines, Dockerfiles, and the application's own source.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from lab.deploy import sources

COMMENT = "#"
"""In Compose files, in Nginx's confs, and in the settings of Python's servers."""
LAB_ONLY = "x-lab"
SETTINGS = ("*.conf", "*.conf.template", "gunicorn*.py")
"""How files of settings are called that Nginx and Gunicorn read."""

Place = tuple[Path, int]
"""A file and a line of it, from 0."""


def count(path: Path, config: Mapping[str, Any], services: Sequence[str]) -> int:
    """How many lines deploy the services of the Compose file at `path`, whose merged form is `config`."""
    places = set(_compose(path))
    for service in services:
        for conf in sources.confs(config["services"][service]):
            places.update(whole(conf))
    return len(_telling(places))


def of_service(path: Path, name: str) -> Iterator[Place]:
    """The lines of one service of a Compose file, then those of the services that it extends."""
    waiting = [(path, name)]
    seen: set[tuple[Path, str]] = set()
    while waiting:
        file, service = waiting.pop(0)
        if (file, service) in seen or service not in (known := _services(_read(file))):
            continue
        seen.add((file, service))
        key, value = known[service]
        yield from _lines(file, key, value)
        waiting += _extended(file, value)


def given(path: Path, name: str) -> Iterator[Path]:
    """Files of settings that a service of a Compose file is given: bound into it, or where its image is built from.

    Names with settings of the environment in them are left out, and so is what a service that it extends is given.
    """
    known = _services(_read(path))
    if name not in known:
        return
    _, service = known[name]
    for named in (*_bound(service), *_built_from(service)):
        place = path.parent / named
        if place.is_dir():
            yield from sorted(
                found for within in ("", "*/") for like in SETTINGS for found in place.glob(within + like)
            )
        elif place.is_file() and any(place.match(like) for like in SETTINGS):
            yield place


def _bound(service: Node) -> Iterator[str]:
    """What is bound into a service, in the short form or the long one."""
    volumes = _child(service, "volumes")
    for volume in volumes.value if isinstance(volumes, SequenceNode) else ():
        source = volume if isinstance(volume, ScalarNode) else _child(volume, "source")
        named = source.value.split(":")[0] if isinstance(source, ScalarNode) else ""
        if named.startswith((".", "/")) and "$" not in named:
            yield named


def _built_from(service: Node) -> Iterator[str]:
    build = _child(service, "build")
    context = build if isinstance(build, ScalarNode) else _child(build, "context") if build else None
    if isinstance(context, ScalarNode) and "$" not in context.value:
        yield context.value


def text_of(path: Path) -> str:
    """What a file says; what is no UTF-8 in it is replaced, for a conf may be in any encoding."""
    return path.read_text("utf-8", "replace")


def whole(path: Path) -> Iterator[Place]:
    """Every line of a file."""
    return ((path, number) for number, _ in enumerate(text_of(path).splitlines()))


def _telling(places: Iterable[Place]) -> set[Place]:
    """The places that hold something other than a comment."""
    lines = {path: text_of(path).splitlines() for path in {path for path, _ in places}}
    return {(path, number) for path, number in places if _tells(lines[path][number])}


def _tells(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith(COMMENT)


def _compose(path: Path) -> Iterator[Place]:
    """The lines of a stack's Compose file and of the services elsewhere that it extends."""
    root = _read(path)
    left_out = {place for key, value in root.value if key.value == LAB_ONLY for place in _lines(path, key, value)}
    yield from (place for place in whole(path) if place not in left_out)
    waiting = [(path, name) for name in _services(root)]
    seen: set[tuple[Path, str]] = set()
    while waiting:
        file, name = waiting.pop()
        if (file, name) in seen:
            continue
        seen.add((file, name))
        key, service = _services(_read(file))[name]
        yield from _lines(file, key, service)
        waiting += _extended(file, service)


def _lines(path: Path, key: Node, value: Node) -> Iterator[Place]:
    """From a key to the end of its value. A block ends where the next thing begins, all else on its last line."""
    inline = isinstance(value, ScalarNode) or bool(value.flow_style)  # type: ignore[attr-defined]
    end = value.end_mark.line + 1 if inline else value.end_mark.line
    return ((path, number) for number in range(key.start_mark.line, end))


def _read(path: Path) -> MappingNode:
    node = yaml.compose(path.read_text("utf-8"), Loader=yaml.SafeLoader)
    return node if isinstance(node, MappingNode) else MappingNode("tag:yaml.org,2002:map", [])


def _child(node: Node, name: str) -> Node | None:
    pairs = node.value if isinstance(node, MappingNode) else []
    return next((value for key, value in pairs if key.value == name), None)


def _services(root: Node) -> dict[str, tuple[Node, Node]]:
    found = _child(root, "services")
    return {key.value: (key, value) for key, value in found.value} if isinstance(found, MappingNode) else {}


def _extended(file: Path, service: Node) -> Iterator[tuple[Path, str]]:
    """The service that this one extends, with the file it stands in."""
    extends = _child(service, "extends")
    if isinstance(extends, ScalarNode):
        yield file, extends.value
    elif extends is not None and (name := _child(extends, "service")) is not None:
        other = _child(extends, "file")
        yield (file.parent / other.value if other is not None else file), name.value

"""Lines of configuration that somebody wrote to deploy a stack, and has to keep right.

Counted: the stack's Compose file, without its `x-lab`, which only the lab reads; of other Compose files the
services that it extends, and what those extend; the confs that the services' commands name, with what they
include. Not counted: comments and blank lines, Dockerfiles, and the application's own source.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode

from lab.deploy import sources

COMMENT = "#"
"""In Compose files, in Nginx's confs, and in the settings of Python's servers."""
LAB_ONLY = "x-lab"

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


def service_of(path: Path, name: str) -> Node | None:
    """What a Compose file says of one service; None of one that it does not have."""
    found = _services(_read(path)).get(name)
    return found[1] if found else None


def _read(path: Path) -> MappingNode:
    node = yaml.compose(path.read_text("utf-8"), Loader=yaml.SafeLoader)
    return node if isinstance(node, MappingNode) else MappingNode("tag:yaml.org,2002:map", [])


def child(node: Node, name: str) -> Node | None:
    """The value of a key."""
    pairs = node.value if isinstance(node, MappingNode) else []
    return next((value for key, value in pairs if key.value == name), None)


def _services(root: Node) -> dict[str, tuple[Node, Node]]:
    found = child(root, "services")
    return {key.value: (key, value) for key, value in found.value} if isinstance(found, MappingNode) else {}


def _extended(file: Path, service: Node) -> Iterator[tuple[Path, str]]:
    """The service that this one extends, with the file it stands in."""
    extends = child(service, "extends")
    if isinstance(extends, ScalarNode):
        yield file, extends.value
    elif extends is not None and (name := child(extends, "service")) is not None:
        other = child(extends, "file")
        yield (file.parent / other.value if other is not None else file), name.value

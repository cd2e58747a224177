"""Reads a YAML file strictly, and tells every mistake with file, line and key.

A key written twice is a mistake (YAML itself forbids it, most loaders keep the last). Compose's own tags
(`!reset`, `!override`) are read as the plain value they stand on.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

KeyPath = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)

COMPOSE_TAGS = ("!reset", "!override")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a YAML file says, and on which line each key stands."""

    path: Path
    data: Mapping[str, Any]
    lines: Mapping[KeyPath, int]

    def mistake(self, key: KeyPath, message: str) -> str:
        """`file:line: key: message`; the line is that of the nearest enclosing key that exists."""
        known = next((key[:n] for n in range(len(key), 0, -1) if key[:n] in self.lines), None)
        line = f":{self.lines[known]}" if known else ""
        return f"{self.path}{line}: {'.'.join(map(str, key)) or 'file'}: {message}"


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader that also takes Compose's tags."""


def _construct_untagged(loader: _Loader, node: Node) -> Any:
    if isinstance(node, MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node) if isinstance(node, ScalarNode) else None


for _tag in COMPOSE_TAGS:
    _Loader.add_constructor(_tag, _construct_untagged)


def read(path: Path) -> tuple[Document, list[str]]:
    """Read one file; returns the document (empty where it cannot be read) and its mistakes."""
    empty = Document(path=path, data={}, lines={})
    try:
        loader = _Loader(path.read_text("utf-8"))
        node = loader.get_single_node()
        keys = list(_keys(node, ())) if node is not None else []
        data = loader.construct_document(node) if node is not None else {}
    except yaml.YAMLError as error:
        return empty, [_syntax_mistake(path, error)]
    except (OSError, UnicodeDecodeError) as error:
        return empty, [f"{path}: cannot be read: {error}"]
    if not isinstance(data, dict):
        return empty, [f"{path}: must be a mapping of keys to values"]
    lines: dict[KeyPath, int] = {}
    document = Document(path=path, data=data, lines=lines)
    mistakes = []
    for key, line in keys:
        if key in lines:
            mistakes.append(f"{path}:{line}: {'.'.join(map(str, key))}: is written twice (first on line {lines[key]})")
        lines.setdefault(key, line)
    return document, mistakes


def _syntax_mistake(path: Path, error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"{path}:{error.problem_mark.line + 1}: is not YAML: {error.problem}"
    return f"{path}: is not YAML: {error}"


def _keys(node: Node, at: KeyPath) -> Iterator[tuple[KeyPath, int]]:
    """Every key and list item below a node, with its line."""
    if isinstance(node, MappingNode):
        for key, value in node.value:
            path = (*at, str(key.value))
            if key.tag != "tag:yaml.org,2002:merge":
                yield path, key.start_mark.line + 1
            yield from _keys(value, path)
    elif isinstance(node, SequenceNode):
        for index, value in enumerate(node.value):
            yield (*at, index), value.start_mark.line + 1
            yield from _keys(value, (*at, index))


def validate(model: type[Model], document: Document, *, at: KeyPath = ()) -> tuple[Model | None, list[str]]:
    """Check the value at a key against a pydantic model; returns the model or None, and all mistakes."""
    value: Any = document.data
    for step in at:
        value = value[step]
    try:
        return model.model_validate(value), []
    except ValidationError as error:
        return None, [document.mistake((*at, *_plain(e["loc"])), _message(e["type"], e["msg"])) for e in error.errors()]


def _plain(loc: tuple[int | str, ...]) -> KeyPath:
    """A pydantic location without the marks it adds for keys of mappings and branches of unions."""
    return tuple(step for step in loc if step != "[key]")


def _message(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "is not a key known here"
    if kind == "missing":
        return "is missing"
    return message.removeprefix("Value error, ").removeprefix("Input ").replace("should", "must", 1)

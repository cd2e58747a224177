"""Reads a YAML file strictly, and tells every mistake with file, line and key.

A key written twice is a mistake (YAML itself forbids it, most loaders keep the last). Compose's own tags
(`!reset`, `!override`) are read as the plain value they stand on.
"""

import difflib
import os
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from yaml.constructor import ConstructorError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.parser import ParserError
from yaml.reader import ReaderError
from yaml.scanner import ScannerError

from lab.catalog import mistakes as plain_words

KeyPath = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)
Unread = Literal["syntax", "sense"]
"""Why a file was not read: it is no YAML at all, or it is, and says what this reader makes nothing of."""

COMPOSE_TAGS = ("!reset", "!override")

_TEXT = "tag:yaml.org,2002:str"
_NO_YAML = (ScannerError, ParserError, ReaderError)
_PLAIN_TAGS = {"tag:yaml.org,2002:seq", "tag:yaml.org,2002:map", *COMPOSE_TAGS}


class Strict(BaseModel):
    """What a part of a file may say: other keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a YAML file says, and on which line each key stands."""

    path: Path
    data: Mapping[str, Any]
    lines: Mapping[KeyPath, int]
    unread: Unread | None = None
    """Why it is empty, where it could not be read: nothing can be said then of what it lacks."""

    def mistake(self, key: KeyPath, message: str) -> str:
        """`file:line: key: message`; the line is that of the nearest enclosing key that exists."""
        known = next((key[:n] for n in range(len(key), 0, -1) if key[:n] in self.lines), None)
        line = f":{self.lines[known]}" if known else ""
        return f"{self.path}{line}: {'.'.join(map(str, key)) or 'file'}: {message}"


class _Loader(yaml.CSafeLoader):
    """PyYAML's safe loader that also takes Compose's tags; the one in C, which is ten times as fast."""


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
    try:
        loader = _Loader(path.read_text("utf-8"))
        node = loader.get_single_node()
        keys = list(_keys(node, ())) if node is not None else []
        data = _value(loader, node) if node is not None else {}
    except yaml.YAMLError as error:
        return _unread(path, "syntax" if isinstance(error, _NO_YAML) else "sense", _syntax_mistake(path, error))
    except RecursionError:
        return _unread(path, "sense", f"{path}: is nested too deeply, or holds itself")
    except (OSError, UnicodeDecodeError) as error:
        return _unread(path, "sense", f"{path}: cannot be read: {error}")
    if not isinstance(data, dict):
        return _unread(path, "sense", f"{path}: must be a mapping of keys to values")
    lines: dict[KeyPath, int] = {}
    document = Document(path=path, data=data, lines=lines)
    mistakes = []
    for key, line in keys:
        if key in lines:
            mistakes.append(f"{path}:{line}: {'.'.join(map(str, key))}: is written twice (first on line {lines[key]})")
        lines.setdefault(key, line)
    return document, mistakes


def _unread(path: Path, why: Unread, mistake: str) -> tuple[Document, list[str]]:
    return Document(path=path, data={}, lines={}, unread=why), [mistake]


def _value(loader: _Loader, node: Node) -> Any:
    """What a node says: as the loader would construct it, in a third of the time for texts, lists and mappings."""
    if node.tag == _TEXT:
        return node.value
    if isinstance(node, SequenceNode) and node.tag in _PLAIN_TAGS:
        return [_value(loader, inner) for inner in node.value]
    if isinstance(node, MappingNode) and node.tag in _PLAIN_TAGS:
        loader.flatten_mapping(node)
        if all(isinstance(key, ScalarNode) for key, _ in node.value):
            return {_value(loader, key): _value(loader, value) for key, value in node.value}
    try:
        return loader.construct_object(node, deep=True)
    except (ValueError, LookupError, AttributeError, ArithmeticError):  # as PyYAML raises: 2026-02-30, !!int ""
        kind = node.tag.rpartition(":")[2]
        raise ConstructorError(None, None, f"{node.value!r} is no {kind}", node.start_mark) from None


class YamlFiles:
    """One reading of a project's files: whoever asks for a file again gets what was read before."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[Document, tuple[str, ...]]] = {}

    def read(self, path: Path) -> tuple[Document, tuple[str, ...]]:
        """The document of a file and its mistakes."""
        key = os.path.normpath(path)
        if key not in self._files:
            document, mistakes = read(path)
            self._files[key] = document, tuple(mistakes)
        return self._files[key]

    def folder(self, folder: Path) -> list[tuple[Document, tuple[str, ...]]]:
        """The same for every file of a folder, by name."""
        return [self.read(path) for path in sorted(folder.glob("*.yaml"))]


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
    """Check the value at a key against a pydantic model; returns the model or None, and all mistakes.

    A file that could not be read has no more mistakes than that.
    """
    if document.unread:
        return None, []
    value: Any = document.data
    for step in at:
        value = value[step]
    found, mistakes = examine(model, value)
    return found, [document.mistake((*at, *key), message) for key, message in mistakes]


def examine(model: type[Model], value: Any) -> tuple[Model | None, list[tuple[KeyPath, str]]]:
    """The same of a value that stands in no one document: each mistake is a key and what is wrong there."""
    try:
        return model.model_validate(value), []
    except ValidationError as error:
        found = [(_plain(one["loc"]), one) for one in error.errors()]
        return None, [(loc, _message(model, loc, one)) for loc, one in found]


def sound_part(model: type[Model], value: Mapping[str, Any], *, stand_ins: Mapping[str, Any]) -> Model | None:
    """What is left of a value without its mistakes, so that what is right in it can be checked further.

    A required key that is missing or wrong gets its stand-in; None where there is none for it.
    """
    rest = deepcopy({**stand_ins, **value})
    while True:
        try:
            return model.model_validate(rest)
        except ValidationError as error:
            wrong = _plain(error.errors()[0]["loc"])
        if not _drop(rest, wrong, stand_ins):
            return None


def _drop(data: dict[str, Any], key: KeyPath, stand_ins: Mapping[str, Any]) -> bool:
    """Take out what stands at a key, or what lacks it; whether there was something to take."""
    if not key:
        return False
    holder: Any = data
    for step in key[:-1]:
        holder = holder[step]
    if not isinstance(holder, dict) or key[-1] not in holder:
        return _drop(data, key[:-1], stand_ins)
    del holder[key[-1]]
    if holder is data and key[0] in stand_ins:
        data[str(key[0])] = stand_ins[str(key[0])]
    return True


def _plain(loc: tuple[int | str, ...]) -> KeyPath:
    """A pydantic location without the marks it adds for keys of mappings and branches of unions."""
    return tuple(step for step in loc if step != "[key]")


def _message(model: type[BaseModel], key: KeyPath, mistake: Mapping[str, Any]) -> str:
    if mistake["type"] == "extra_forbidden":
        near = _nearest(str(key[-1]), _keys_known(model.model_json_schema(), key[:-1]))
        return "is not a key known here" + (f": did you mean {near!r}?" if near else "")
    return plain_words.words(mistake)


def _nearest(key: str, known: list[str]) -> str | None:
    """The key that was probably meant: one spelt alike, or one of these initials (rps)."""
    initials = [name for name in known if "".join(word[0] for word in name.split("_")) == key]
    return next(iter(initials or difflib.get_close_matches(key, known, n=1, cutoff=0.65)), None)


def _keys_known(schema: Mapping[str, Any], key: KeyPath) -> list[str]:
    """The keys that a JSON Schema allows at a place."""
    nodes = _resolved(schema, schema)
    for step in key:
        under = [
            node.get("items") or node.get("properties", {}).get(step) or node.get("additionalProperties")
            for node in nodes
        ]
        nodes = [inner for found in under if isinstance(found, dict) for inner in _resolved(schema, found)]
    return [name for node in nodes for name in node.get("properties", {})]


def _resolved(schema: Mapping[str, Any], node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """A node, or those that it stands for: references and alternatives."""
    if "$ref" in node:
        return _resolved(schema, schema["$defs"][node["$ref"].rpartition("/")[2]])
    return [inner for one in node["anyOf"] for inner in _resolved(schema, one)] if "anyOf" in node else [node]

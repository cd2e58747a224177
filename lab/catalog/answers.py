"""Pure: right answers put into the text of a `lab.yaml`, of which all else stays as its owner has written it."""

from collections.abc import Mapping
from typing import Any

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node, SequenceNode

Place = tuple[str, int]
"""A workload, and which of its requests."""
Edit = tuple[int, int, str]
"""From which character, to which, and what stands there instead."""


def written(text: str, answers: Mapping[Place, Mapping[str, Any]]) -> str:
    """The text with an `answer` for each of these requests, in place of the one that it has.

    The text must be a `lab.yaml` without mistakes. Raises KeyError for a request that does not stand in it.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    edits = {edit[:2]: edit for place, answer in answers.items() for edit in [_edit(text, _find(root, place), answer)]}
    for start, end, new in sorted(edits.values(), reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _find(root: Node | None, place: Place) -> MappingNode:
    workload, number = place
    listed = _value(_value(root, "requests"), workload)
    if isinstance(listed, SequenceNode) and number < len(listed.value):
        found = listed.value[number]
        if isinstance(found, MappingNode):
            return found
    raise KeyError(place)


def _value(node: Node | None, key: str) -> Node | None:
    pairs = node.value if isinstance(node, MappingNode) else ()
    return next((value for name, value in pairs if name.value == key), None)


def _edit(text: str, request: MappingNode, answer: Mapping[str, Any]) -> Edit:
    new = f"answer: {flow(answer)}"
    for name, value in request.value:
        if name.value == "answer":
            return name.start_mark.index, _end(text, value), new
    path = _value(request, "path")
    if path is None:
        raise KeyError("path")
    at = path.end_mark.index
    if request.flow_style:
        return at, at, f", {new}"
    line_end = text.find("\n", at)
    at = len(text) if line_end < 0 else line_end  # behind a comment
    return at, at, f"\n{' ' * request.start_mark.column}{new}"


def _end(text: str, node: Node) -> int:
    """Where a value ends; a block ends for YAML only where the next thing begins, comments skipped."""
    if isinstance(node, CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(text, last[1] if isinstance(node, MappingNode) else last)
    end = node.end_mark.index
    while text[node.start_mark.index : end].endswith("\n"):
        end -= 1
    return end


def flow(value: Mapping[str, Any]) -> str:
    """A mapping on one line."""
    options: dict[str, Any] = {"default_flow_style": True, "sort_keys": False, "allow_unicode": False}
    line: str = yaml.safe_dump(dict(value), width=float("inf"), **options)
    return line.strip()

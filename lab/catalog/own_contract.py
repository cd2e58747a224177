"""The part of the contract that one stack keeps, as an OpenAPI document of its own."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lab.catalog import yamlfile
from lab.catalog.contractfile import METHODS, SERVICE
from lab.model import Stack

EXTENSION = "x-lab"
READY = "ready"
"""The operation that every stack has: its health check asks it."""
SECURITY = "securitySchemes"
"""The components that are named and not referred to."""


def own_contract(contract: Path, stack: Stack) -> dict[str, Any]:
    """The document with the operations of a stack and what they refer to, without the lab's extensions.

    The contract must be one that the catalogue has read without mistakes.
    """
    data = yamlfile.read(contract)[0].data
    wanted = {READY, *stack.workloads}
    if not wanted.isdisjoint(data.get(EXTENSION, {}).get("workloads", {})):
        wanted.add(SERVICE)  # those workloads are made of its operations, and who has one has all of them
    document: dict[str, Any] = _without_extensions(data)
    paths = {
        path: kept for path, item in data["paths"].items() if (kept := _kept(item, wanted, entry=stack.entry.service))
    }
    tags = {tag for item in paths.values() for operation in item.values() for tag in operation.get("tags", ())}
    document["paths"] = paths
    document["tags"] = [tag for tag in document.pop("tags", ()) if tag["name"] in tags]
    document["components"] = _needed(document.pop("components", {}), paths)
    return document


def _kept(item: Mapping[str, Any], wanted: set[str], *, entry: str) -> dict[str, Any]:
    """The operations of a path that are wanted by their id, by a workload or by a tag, and that the entry passes on."""
    return {
        method: _without_extensions(operation)
        for method, operation in item.items()
        if method in METHODS
        and not wanted.isdisjoint(_names(operation))
        and operation.get(EXTENSION, {}).get("hidden_by") != entry
    }


def _names(operation: Mapping[str, Any]) -> set[str]:
    workloads = operation.get(EXTENSION, {}).get("workloads", {})
    return {operation["operationId"], *operation.get("tags", ()), *workloads}


def _needed(components: Mapping[str, Any], paths: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The components that the paths refer to, and those that these refer to."""
    needed: dict[str, dict[str, Any]] = {}
    ahead = list(_references(paths))
    while ahead:
        _, _, kind, name = ahead.pop().split("/")
        if name not in needed.setdefault(kind, {}):
            needed[kind][name] = components[kind][name]
            ahead += _references(components[kind][name])
    if any("security" in operation for item in paths.values() for operation in item.values()):
        needed[SECURITY] = components[SECURITY]
    return needed


def _references(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        if "$ref" in value:
            yield value["$ref"]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _without_extensions(value: Any) -> Any:
    """A copy, whose parts may be changed, without `x-lab` at any depth."""
    if isinstance(value, Mapping):
        return {key: _without_extensions(inner) for key, inner in value.items() if key != EXTENSION}
    if isinstance(value, list):
        return [_without_extensions(inner) for inner in value]
    return value

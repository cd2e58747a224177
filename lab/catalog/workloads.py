"""`stacks/openapi.yaml` → workloads: every operation is one, or several that ask for different paths of it."""

from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from lab.catalog import yamlfile
from lab.catalog.yamlfile import KeyPath, Strict
from lab.model import Request, Workload

METHODS = ("get", "put", "post", "delete", "patch")


class Delay(Strict):
    """A handler that sleeps: the setting that says how long, and its default in seconds."""

    setting: str
    default_s: float = Field(ge=0)


class StaticFile(Strict):
    """What identifies the bytes of an answer that is too long to be written down."""

    bytes: int = Field(gt=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class OperationLab(Strict):
    """The extension `x-lab` of an operation."""

    delay: Delay | None = None
    workloads: dict[str, dict[str, list[str]]] = Field(default={})
    """Workload → path parameter → the values it asks for in turn."""
    answer: JsonValue = None
    """The body of the answer, with `{parameter}` for what stood in the path."""
    files: dict[str, StaticFile] = Field(default={})
    """Last segment of the path → its bytes."""


class Parameter(BaseModel):
    """A parameter of an operation; its example is what the lab sends."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)
    name: str
    where: Literal["path", "query", "header", "cookie"] = Field(alias="in")
    example: JsonValue = None


class Operation(BaseModel):
    """What the lab reads of an OpenAPI operation; the rest is for the services and their tests."""

    model_config = ConfigDict(frozen=True)
    operation_id: str = Field(alias="operationId")
    summary: str = ""
    parameters: list[Parameter] = []
    responses: dict[str, dict[str, Any]]
    lab: OperationLab = Field(alias="x-lab", default=OperationLab())


class PathItem(BaseModel):
    """The operations of one path."""

    model_config = ConfigDict(frozen=True)
    get: Operation | None = None
    put: Operation | None = None
    post: Operation | None = None
    delete: Operation | None = None
    patch: Operation | None = None


class Contract(BaseModel):
    """What the lab reads of an OpenAPI document."""

    model_config = ConfigDict(frozen=True)
    paths: dict[str, PathItem]


def load(path: Path) -> tuple[dict[str, Workload], list[str]]:
    """All workloads of the contract, and the mistakes found on the way."""
    document, mistakes = yamlfile.read(path)
    contract, found = yamlfile.validate(Contract, document)
    if contract is None:
        return {}, mistakes or found
    workloads: dict[str, Workload] = {}
    for at, operation in _operations(contract):
        status = next((s for s in operation.responses if s.startswith("2")), None)
        if status is None:
            mistakes.append(document.mistake((*at, "responses"), "has no 2xx answer"))
            continue
        for name, values in (operation.lab.workloads or {operation.operation_id: {}}).items():
            requests = tuple(_requests(str(at[1]), operation, status, values))
            if name in workloads:
                mistakes.append(document.mistake((*at, "operationId"), f"{name!r} is used twice"))
            elif open_paths := [request.path for request in requests if "{" in request.path]:
                mistakes.append(document.mistake(at, f"{name!r} leaves a parameter open: {open_paths[0]}"))
            else:
                workloads[name] = _workload(name, str(at[2]), operation, status, requests)
    return workloads, mistakes


def _operations(contract: Contract) -> Iterator[tuple[KeyPath, Operation]]:
    for path, item in contract.paths.items():
        for method in METHODS:
            operation = getattr(item, method)
            if operation is not None:
                yield ("paths", path, method), operation


def _requests(path: str, operation: Operation, status: str, values: Mapping[str, list[str]]) -> Iterator[Request]:
    """One request for each combination of the values of the path's parameters."""
    examples = {p.name: [str(p.example)] for p in operation.parameters if p.where == "path" and p.example is not None}
    choices = {**examples, **values}
    for chosen in product(*choices.values()):
        parameters = dict(zip(choices, chosen, strict=True))
        filled = _filled(path, parameters)
        file = operation.lab.files.get(str(filled).rpartition("/")[2])
        yield Request(
            path=str(filled),
            body=_filled(operation.lab.answer, parameters) if operation.lab.answer else _example(operation, status),
            size_bytes=file.bytes if file else None,
            sha256=file.sha256 if file else None,
        )


def _filled(value: JsonValue, parameters: Mapping[str, str]) -> JsonValue:
    """The value with `{name}` replaced in each of its texts."""
    if isinstance(value, str):
        for name, text in parameters.items():
            value = value.replace("{" + name + "}", text)
        return value
    return {key: _filled(inner, parameters) for key, inner in value.items()} if isinstance(value, dict) else value


def _content(operation: Operation, status: str) -> tuple[str, Mapping[str, Any]]:
    content = operation.responses[status].get("content", {})
    content_type = next(iter(content), "")
    return content_type, content.get(content_type, {})


def _example(operation: Operation, status: str) -> JsonValue:
    example: JsonValue = _content(operation, status)[1].get("example")
    return example


def _workload(name: str, method: str, operation: Operation, status: str, requests: tuple[Request, ...]) -> Workload:
    delay = operation.lab.delay
    return Workload(
        name=name,
        method=method.upper(),
        requests=requests,
        headers=tuple((p.name, str(p.example)) for p in operation.parameters if p.where == "header"),
        status=int(status),
        content_type=_content(operation, status)[0],
        delay_setting=delay.setting if delay else None,
        delay_s=delay.default_s if delay else 0.0,
        summary=operation.summary,
    )

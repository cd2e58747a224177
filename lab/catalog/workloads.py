"""`stacks/openapi.yaml` → workloads: every operation with an operationId is a request that can be measured."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from lab.catalog import yamlfile
from lab.catalog.yamlfile import KeyPath
from lab.model import Workload

METHODS = ("get", "put", "post", "delete", "patch")


class Delay(BaseModel):
    """A handler that sleeps: the setting that says how long, and its default in seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    setting: str
    default_s: float = Field(ge=0)


class OperationLab(BaseModel):
    """The extension `x-lab` of an operation."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    delay: Delay | None = None


class Operation(BaseModel):
    """What the lab reads of an OpenAPI operation; the rest is for the services and their tests."""

    model_config = ConfigDict(frozen=True)
    operation_id: str = Field(alias="operationId")
    summary: str = ""
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
        elif operation.operation_id in workloads:
            mistakes.append(document.mistake((*at, "operationId"), f"{operation.operation_id!r} is used twice"))
        else:
            workloads[operation.operation_id] = _workload(at, operation, status)
    return workloads, mistakes


def _operations(contract: Contract) -> Iterator[tuple[KeyPath, Operation]]:
    for path, item in contract.paths.items():
        for method in METHODS:
            operation = getattr(item, method)
            if operation is not None:
                yield ("paths", path, method), operation


def _workload(at: KeyPath, operation: Operation, status: str) -> Workload:
    content = operation.responses[status].get("content", {})
    content_type = next(iter(content), "")
    delay = operation.lab.delay
    return Workload(
        name=operation.operation_id,
        method=str(at[2]).upper(),
        path=str(at[1]),
        status=int(status),
        content_type=content_type,
        body=content.get(content_type, {}).get("example"),
        delay_setting=delay.setting if delay else None,
        delay_s=delay.default_s if delay else 0.0,
        summary=operation.summary,
    )

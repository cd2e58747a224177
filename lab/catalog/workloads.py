"""`stacks/openapi.yaml` → workloads: every operation with an operationId is a request that can be measured."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from lab.catalog import yamlfile
from lab.catalog.yamlfile import Document, KeyPath
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


def load(path: Path) -> tuple[dict[str, Workload], list[str]]:
    """All workloads of the contract, and the mistakes found on the way."""
    document, mistakes = yamlfile.read(path)
    workloads: dict[str, Workload] = {}
    for at in _operations(document):
        operation, found = yamlfile.validate(Operation, document, at=at)
        mistakes += found
        if operation is None:
            continue
        status = next((s for s in operation.responses if s.startswith("2")), None)
        if status is None:
            mistakes.append(document.mistake((*at, "responses"), "has no 2xx answer"))
            continue
        workloads[operation.operation_id] = _workload(at, operation, status)
    return workloads, mistakes


def _operations(document: Document) -> Iterator[KeyPath]:
    for path, item in document.data.get("paths", {}).items():
        yield from (("paths", path, method) for method in METHODS if method in item)


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

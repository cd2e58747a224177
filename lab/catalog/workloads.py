"""`stacks/openapi.yaml` → workloads.

An operation is one, or several that ask for different paths of it; those tagged `service` are pieces, of which the
root's `x-lab` makes workloads.
"""

from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path

from lab.catalog import composed, templates, yamlfile
from lab.catalog.contractfile import METHODS, SERVICE, Contract, Operation
from lab.catalog.yamlfile import KeyPath
from lab.model import Request, Workload


def load(path: Path) -> tuple[dict[str, Workload], list[str]]:
    """All workloads of the contract, and the mistakes found on the way."""
    document, mistakes = yamlfile.read(path)
    contract, found = yamlfile.validate(Contract, document)
    if contract is None:
        return {}, mistakes + found
    workloads: dict[str, Workload] = {}
    pieces: dict[str, composed.NamedOperation] = {}
    for at, operation in _operations(contract):
        if not operation.statuses:
            mistakes.append(document.mistake((*at, "responses"), "has no 2xx answer"))
            continue
        if SERVICE in operation.tags:
            pieces[operation.operation_id] = composed.NamedOperation(
                path=str(at[1]), method=str(at[2]), operation=operation
            )
            continue
        for name, values in (operation.lab.workloads or {operation.operation_id: {}}).items():
            requests = tuple(_requests(str(at[1]), str(at[2]), operation, values))
            if name in workloads:
                mistakes.append(document.mistake((*at, "operationId"), f"{name!r} is used twice"))
            elif open_paths := [request.path for request in requests if "{" in request.path]:
                mistakes.append(document.mistake(at, f"{name!r} leaves a parameter open: {open_paths[0]}"))
            else:
                workloads[name] = _workload(name, operation, requests)
    made, found = composed.load(document, contract.lab, pieces=pieces, taken=workloads.keys())
    return workloads | made, mistakes + found


def _operations(contract: Contract) -> Iterator[tuple[KeyPath, Operation]]:
    for path, item in contract.paths.items():
        for method in METHODS:
            operation = getattr(item, method)
            if operation is not None:
                yield ("paths", path, method), operation


def _requests(path: str, method: str, operation: Operation, values: Mapping[str, list[str]]) -> Iterator[Request]:
    """One request for each combination of the values of the path's parameters."""
    examples = {p.name: [str(p.example)] for p in operation.parameters if p.where == "path" and p.example is not None}
    choices = {**examples, **values}
    content_type, example = operation.content
    for chosen in product(*choices.values()):
        parameters = dict(zip(choices, chosen, strict=True))
        filled = templates.text(path, parameters)
        file = operation.lab.files.get(filled.rpartition("/")[2])
        yield Request(
            method=method.upper(),
            path=filled,
            headers=tuple((p.name, str(p.example)) for p in operation.parameters if p.where == "header"),
            statuses=operation.statuses[:1],
            content_type=content_type,
            body=templates.filled(operation.lab.answer, parameters) if operation.lab.answer else example,
            size_bytes=file.bytes if file else None,
            sha256=file.sha256 if file else None,
        )


def _workload(name: str, operation: Operation, requests: tuple[Request, ...]) -> Workload:
    return Workload(name=name, requests=requests, summary=operation.summary, **composed.delay(operation.lab.delay))

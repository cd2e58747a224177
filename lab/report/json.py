"""`results.json`: the whole of a run's results, for other tools, and the way back."""

import json
from pathlib import Path
from typing import Any

from pydantic import JsonValue, TypeAdapter, ValidationError

from lab.errors import InvalidFile, UsageError
from lab.model import Cell, Deployment, Results
from lab.store import require_known_schema

_RESULTS: TypeAdapter[Results] = TypeAdapter(Results)


def render(results: Results) -> str:
    """Write results as JSON text that `read` takes back.

    A row is flat there, as other tools read it: what was planned and what came out stand side by side.
    """
    content = _RESULTS.dump_python(results, mode="json")
    content["cells"] = [{**_flat(cell.pop("cell")), **cell} for cell in content["cells"]]
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _flat(cell: dict[str, Any]) -> dict[str, Any]:
    """A cell with the parts of its deployment in place of the deployment."""
    deployment = cell.pop("deployment")
    deployment["settings"] = dict(deployment["settings"])
    return {"table": cell.pop("table"), "row": cell.pop("row"), **deployment, **cell}


def _nested(flat: Any) -> Any:
    """The way back: what belongs to the deployment, to the cell, and to the result."""
    if not isinstance(flat, dict):
        return flat
    rest = dict(flat)
    deployment = {name: rest.pop(name) for name in Deployment.__dataclass_fields__ if name in rest}
    if isinstance(settings := deployment.get("settings"), dict):
        deployment["settings"] = [*settings.items()]
    cell = {name: rest.pop(name) for name in Cell.__dataclass_fields__ if name in rest}
    return {"cell": {**cell, "deployment": deployment}, **rest}


def read(path: Path) -> Results:
    """Read a `results.json`. UsageError where there is no such file, InvalidFile where it is not one."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"cannot read results: {error.strerror or error}",
            where=str(path),
            fix="name a run folder that holds results.json, or measure one with `lab bench`",
        ) from error
    except UnicodeDecodeError as error:
        raise InvalidFile([f"{path}: is not UTF-8 text (byte {error.start})"]) from error
    content = _parse(path, text)
    _check_version(path, content)
    try:
        return _RESULTS.validate_python(_as_records(content))
    except ValidationError as error:
        mistakes = [f"{path}: {'.'.join(str(at) for at in e['loc'])}: {e['msg']}" for e in error.errors()]
        raise InvalidFile(mistakes) from error


def _parse(path: Path, text: str) -> JsonValue:
    try:
        parsed: JsonValue = json.loads(text)
    except ValueError as error:
        raise InvalidFile([f"{path}: is not JSON: {error}"]) from error
    return parsed


def _as_records(content: Any) -> Any:
    cells = content.get("cells")
    return {**content, "cells": [_nested(cell) for cell in cells]} if isinstance(cells, list) else content


def _check_version(path: Path, parsed: JsonValue) -> None:
    """Look at the version before the rest: a file of another one would otherwise be a list of odd mistakes."""
    require_known_schema(path, parsed.get("schema_version") if isinstance(parsed, dict) else None)

"""`results.json`: the whole of a run's results, for other tools, and the way back."""

import json
from pathlib import Path

from pydantic import JsonValue, TypeAdapter, ValidationError

from lab.errors import InvalidFile, UsageError
from lab.model import Results
from lab.store import require_known_schema

_RESULTS: TypeAdapter[Results] = TypeAdapter(Results)


def render(results: Results) -> str:
    """Write results as JSON text that `read` takes back."""
    return _RESULTS.dump_json(results, indent=2).decode() + "\n"


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
    _check_version(path, _parse(path, text))
    try:
        return _RESULTS.validate_json(text)
    except ValidationError as error:
        mistakes = [f"{path}: {'.'.join(str(at) for at in e['loc'])}: {e['msg']}" for e in error.errors()]
        raise InvalidFile(mistakes) from error


def _parse(path: Path, text: str) -> JsonValue:
    try:
        parsed: JsonValue = json.loads(text)
    except ValueError as error:
        raise InvalidFile([f"{path}: is not JSON: {error}"]) from error
    return parsed


def _check_version(path: Path, parsed: JsonValue) -> None:
    """Look at the version before the rest: a file of another one would otherwise be a list of odd mistakes."""
    require_known_schema(path, parsed.get("schema_version") if isinstance(parsed, dict) else None)

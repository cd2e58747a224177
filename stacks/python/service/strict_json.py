"""JSON as RFC 8259 has it and stricter: Python's `json` lets duplicate names, NaN and half surrogates through."""

import json
from typing import Any, NoReturn

from service.problems import Problem

MAX_DEPTH = 16
_MAX_DIGITS = 30  # beyond every range of the contract; Python itself refuses to convert more than 4300


def parse(raw: bytes) -> dict[str, Any]:
    """The object that a body holds; raises the problem `malformed-request`."""
    try:
        value = _DECODER.decode(raw.decode())
        _check(value, 1, escaped=b"\\u" in raw)
    except (ValueError, RecursionError) as error:  # UnicodeError and JSONDecodeError are ValueErrors
        raise Problem("malformed-request") from error
    if not isinstance(value, dict):
        raise Problem("malformed-request")
    return value


def _check(value: Any, depth: int, *, escaped: bool) -> None:
    """Raises ValueError where it is nested too deeply or, if it was written with escapes, has half a surrogate pair."""
    if isinstance(value, str):
        if escaped:
            value.encode()  # only an escape can have made half a pair: it does not encode
    elif isinstance(value, dict | list):
        if depth > MAX_DEPTH:
            raise ValueError("nested too deeply")
        for inner in value:
            _check(inner, depth + 1, escaped=escaped)
        if isinstance(value, dict):
            for inner in value.values():
                _check(inner, depth + 1, escaped=escaped)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("the same name twice")
    return value


def _whole(digits: str) -> int:
    """The number; of one that is out of every range only that it is."""
    return int(digits[:_MAX_DIGITS])


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_whole, parse_constant=_constant)

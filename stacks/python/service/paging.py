"""Ids in paths, and pages of users by cursor."""

import base64
import binascii
import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import parse_qsl

from service.problems import FieldError, Problem
from service.schemas import MAX_ID

DEFAULT_LIMIT = 20
MAX_LIMIT = 100
_ID = re.compile(r"[1-9][0-9]{0,18}")
_WHOLE = re.compile(r"-?[0-9]+")
_DIGITS_OF_LIMIT = 3  # after zeros in front; more is out of range, and int() refuses thousands of digits


class Page(NamedTuple):
    """The users after this id, at most so many."""

    limit: int
    after: int


def path_id(text: str) -> int:
    """The id that a path names; raises the problem `not-found` where it cannot be one."""
    if (value := _whole_id(text)) is None:
        raise Problem("not-found")
    return value


def cursor(last_id: int) -> str:
    """The text that asks for what comes after this id."""
    return base64.urlsafe_b64encode(str(last_id).encode()).rstrip(b"=").decode()


def page(query: str) -> Page | Problem:
    """The page that a query string asks for, or what is wrong with it: the caller has other checks to make first."""
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        values.setdefault(name, []).append(value)
    limit = _one(values.get("limit"), _limit, DEFAULT_LIMIT)
    after = _one(values.get("cursor"), _after, 0)
    errors = [
        FieldError("query", name, found)
        for name, found in (("limit", limit), ("cursor", after))
        if isinstance(found, str)
    ]
    if errors or isinstance(limit, str) or isinstance(after, str):
        return Problem("invalid-fields", errors=errors)
    return Page(limit, after)


def _one(values: list[str] | None, read: Callable[[str], int | str], default: int) -> int | str:
    """The parameter's value, or the code of what is wrong with it."""
    if values is None:
        return default
    return read(values[0]) if len(values) == 1 else "repeated"


def _limit(text: str) -> int | str:
    if not _WHOLE.fullmatch(text):
        return "type"
    digits = text.lstrip("0")
    if len(digits) > _DIGITS_OF_LIMIT or not 1 <= int(digits or 0) <= MAX_LIMIT:
        return "range"
    return int(digits)


def _after(text: str) -> int | str:
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (ValueError, binascii.Error):
        return "format"
    last_id = _whole_id(decoded)
    return "format" if last_id is None or cursor(last_id) != text else last_id


def _whole_id(text: str) -> int | None:
    return int(text) if _ID.fullmatch(text) and int(text) <= MAX_ID else None

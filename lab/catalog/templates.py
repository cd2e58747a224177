"""Texts with `{name}` in them, filled with values; `{name:05}` is a number of five digits."""

import re
from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from lab.model import UNIQUE

_PLACE = re.compile(r"\{(?P<name>\w+)(?::0(?P<digits>\d+))?\}")

Values = Mapping[str, int | str]


def filled(value: JsonValue, values: Values) -> JsonValue:
    """The value with the places in each of its texts filled; a text that is one place becomes the value itself."""
    if isinstance(value, str):
        whole = _PLACE.fullmatch(value)
        if whole and not whole["digits"] and whole["name"] in values:
            return values[whole["name"]]
        return text(value, values)
    if isinstance(value, dict):
        return {key: filled(inner, values) for key, inner in value.items()}
    return [filled(inner, values) for inner in value] if isinstance(value, list) else value


def text(template: str, values: Values) -> str:
    """A text with its places filled; what has no value stays."""
    return _PLACE.sub(lambda place: _shown(place, values), template)


def _shown(place: re.Match[str], values: Values) -> str:
    if place["name"] not in values:
        return place[0]
    return str(values[place["name"]]).zfill(int(place["digits"] or 0))


def open_places(value: JsonValue) -> Iterator[str]:
    """The places that nothing has filled, but for the one that every request fills anew."""
    if isinstance(value, str):
        yield from (place[0] for place in _PLACE.finditer(value) if place[0] != UNIQUE)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from open_places(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from open_places(inner)

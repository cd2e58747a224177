"""Reads the messages of stacks/service/users.proto by their wire format, with nothing that the services use."""

from collections.abc import Iterator

VARINT, LENGTH = 0, 2

Message = dict[int, list[int | bytes]]
"""Number of a field → its values, in the order in which they came."""


def user(data: bytes) -> dict[str, object]:
    """A `User` as its JSON would be."""
    fields = message(data)
    profile = fields.get(6)
    return {
        "id": _number(fields, 1),
        "name": _text(fields, 2),
        "email": _text(fields, 3),
        "age": _number(fields, 4),
        "role": _text(fields, 5),
        "profile": _profile(_bytes(profile[0])) if profile else None,
    }


def page(data: bytes) -> dict[str, object]:
    """A `UserPage` as its JSON would be."""
    fields = message(data)
    return {"items": [user(_bytes(item)) for item in fields.get(1, [])], "next": _text(fields, 2) or None}


def message(data: bytes) -> Message:
    """The fields of a message. Raises ValueError where the bytes are none."""
    fields: Message = {}
    position = 0
    while position < len(data):
        tag, position = _varint(data, position)
        number, kind = tag >> 3, tag & 7
        value: int | bytes
        if kind == VARINT:
            value, position = _varint(data, position)
        elif kind == LENGTH:
            length, position = _varint(data, position)
            value, position = data[position : position + length], position + length
        else:
            raise ValueError(f"field {number} has wire type {kind}")
        fields.setdefault(number, []).append(value)
    if position > len(data):
        raise ValueError("the last field is cut off")
    return fields


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = 0
    for shift, byte in enumerate(_until_last(data, position)):
        value |= (byte & 0x7F) << 7 * shift
        position += 1
    return value, position


def _until_last(data: bytes, position: int) -> Iterator[int]:
    while True:
        byte = data[position]
        yield byte
        position += 1
        if byte < 0x80:
            return


def _profile(data: bytes) -> dict[str, object]:
    fields = message(data)
    return {"bio": _text(fields, 1), "city": _text(fields, 2)}


def _number(fields: Message, number: int) -> int:
    (value,) = fields.get(number, [0])
    assert isinstance(value, int)
    return value


def _text(fields: Message, number: int) -> str:
    (value,) = fields.get(number, [b""])
    return _bytes(value).decode()


def _bytes(value: int | bytes) -> bytes:
    assert isinstance(value, bytes)
    return value

"""Hashes that hold the files of a run together: each record begins with the SHA-256 of all that follows in it.

A record is a JSON object as text: `run.json`, or a line of a journal, which also carries the hash of the line before.
`run.json` counts the lines of each journal and holds the hash of its last one. So no byte, line or file changes alone.
Whoever computes every hash anew is not found: these are no signatures.
"""

import re
from dataclasses import dataclass
from hashlib import sha256

_HASH = re.compile(rb'\{"sha256":"([0-9a-f]{64})",')
_BEFORE = re.compile(rb'"before":"([0-9a-f]{64}|)",')
NOTHING = ""
"""What the first line of a journal has before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """How far a journal goes: its lines, and the hash of the last of them."""

    lines: int = 0
    sha256: str = NOTHING


def hashed(record: bytes) -> bytes:
    """A JSON object with the hash of the rest of it as its first key."""
    rest = record[1:]
    return b'{"sha256":"' + sha256(rest).hexdigest().encode() + b'",' + rest


def link(record: bytes, after: Head) -> tuple[bytes, Head]:
    """The line of a journal that holds a JSON object and follows the last one so far, and how far it goes then."""
    line = hashed(b'{"before":"' + after.sha256.encode() + b'",' + record[1:])
    return line, Head(lines=after.lines + 1, sha256=told_hash(line) or NOTHING)


def told_hash(record: bytes) -> str | None:
    """The hash that a record says it has; None for one that does not begin with a hash."""
    found = _HASH.match(record)
    return found[1].decode() if found else None


def is_whole(record: bytes) -> bool:
    """Whether a record is byte for byte what its hash was made from."""
    found = _HASH.match(record)
    return found is not None and sha256(record[found.end() :]).hexdigest() == found[1].decode()


def told_before(line: bytes) -> str | None:
    """The hash of the line before, as a line of a journal tells it; None if it tells none."""
    hashed_part = _HASH.match(line)
    found = _BEFORE.match(line, hashed_part.end()) if hashed_part else None
    return found[1].decode() if found else None


def whole_lines(journal: bytes) -> tuple[list[bytes], bytes]:
    """The lines of a journal, and what stands behind the last line's end: nothing, unless writing was cut off there."""
    *lines, torn = journal.split(b"\n")
    return lines, torn

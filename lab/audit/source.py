"""Where the text comes from: a file or standard input, of any size and kind."""

import sys
from pathlib import Path

from lab.errors import UsageError

LARGEST_BYTES = 32 * 1024 * 1024
"""A table of ten thousand rows has a twentieth of this; what is larger is a log of single requests."""
SAMPLE_BYTES = 8_192
BINARY_SHARE = 0.1
"""Of the first bytes, those that no text holds."""
CONTROLS = frozenset({*range(9), *range(14, 27), *range(28, 32)})
"""Of text there are tab, line ends and the escape character of terminals."""


def text_of(name: str) -> str:
    """The text of a file, or of standard input for `-`. Raises UsageError where there is none to read."""
    return decoded(_bytes(name), where=where(name))


def where(name: str) -> str:
    """What to call a source in a message."""
    return "standard input" if name == "-" else name


def _bytes(name: str) -> bytes:
    try:
        if name == "-":
            read = sys.stdin.buffer.read(LARGEST_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                read = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        fix = "name a file that can be read, or - for standard input"
        raise UsageError(f"cannot read {name}: {error.strerror}", where=where(name), fix=fix) from None
    if len(read) > LARGEST_BYTES:
        raise UsageError(
            f"the input is larger than {LARGEST_BYTES // 1024**2} MiB, which no table of results is",
            where=where(name),
            fix="audit the summary that the tool prints at its end, not its log of single requests",
        )
    return read


def decoded(read: bytes, *, where: str) -> str:
    """Bytes as text: UTF-8, or UTF-16 with its mark, or else Latin-1. Raises UsageError if they are no text."""
    if read[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return read.decode("utf-16", errors="replace")
    sample = read[:SAMPLE_BYTES]
    if b"\0" in sample or sum(byte in CONTROLS for byte in sample) > BINARY_SHARE * max(len(sample), 1):
        raise UsageError(
            "the input is binary, not text",
            where=where,
            fix="vegeta's results become text with `vegeta report`, a spreadsheet when it is saved as CSV",
        )
    try:
        return read.decode("utf-8-sig")
    except UnicodeDecodeError:
        return read.decode("latin-1")

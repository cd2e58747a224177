"""The printed output of ApacheBench."""

import re
from collections.abc import Iterator

from lab.audit import units
from lab.audit.readers import parts
from lab.audit.row import Errors, Row

NAME = "ab"
START = re.compile(r"^(?:Server Software:.*\n(?:.*\n){0,8}?)?Concurrency Level:", re.MULTILINE)


def read(text: str) -> Iterator[Row]:
    """One row for each run."""
    for piece in parts.split(START, text):
        if "Requests per second:" in piece.text:
            yield _row(piece)


def _row(piece: parts.Piece) -> Row:
    text = piece.text
    rate = units.rate(parts.after(r"^Requests per second:\s+(\S+)", text))
    mean = units.duration(parts.after(r"^Time per request:\s+(\S+) \[ms\] \(mean\)$", text), unit="ms")
    spread = re.search(r"^Total:\s+\d+\s+\d+\s+(\S+)\s+\d+\s+(\d+)", text, re.MULTILINE)
    return Row(
        name=piece.name,
        where=piece.where,
        tool="ab",
        mean_by_definition=True,
        connections=parts.whole(r"^Concurrency Level:\s+(\d+)", text),
        threads=1,
        duration_s=units.duration(parts.after(r"^Time taken for tests:\s+(\S+)", text), unit="s").value,
        rate=rate.value,
        rate_step=rate.step,
        mean_s=mean.value,
        mean_step_s=mean.step,
        stdev_s=units.duration(spread[1], unit="ms").value if spread else None,
        max_s=units.duration(spread[2], unit="ms").value if spread else None,
        percentiles_s=parts.percentiles(r"^\s+(\d+)%\s+(\d+)$", text, unit="ms"),
        total=parts.whole(r"^Complete requests:\s+(\d+)", text),
        errors=Errors(
            connect=parts.whole(r"\(Connect: (\d+)", text) or 0,
            read=parts.whole(r"Receive: (\d+)", text) or 0,
            status=parts.whole(r"^Non-2xx responses:\s+(\d+)", text) or 0,
        ),
    )

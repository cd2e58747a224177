"""What autocannon prints, as text and as JSON. It counts latencies in whole milliseconds."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from lab.audit import command, units
from lab.audit.readers import parts
from lab.audit.row import Errors, Row

NAME = "autocannon"
START = re.compile(r"^Running \S+ test @ (\S+)\n\s*\d+ connections", re.MULTILINE)
STEP_S = 0.002
"""A mean of whole milliseconds may be off by a whole one, if all of them were cut off."""


def read(text: str) -> Iterator[Row]:
    """One row for each run."""
    for piece in parts.split(START, text):
        latency, requests = _line("Latency", piece.text), _line("Req/Sec", piece.text)
        if latency and requests:
            yield _row(piece, latency, requests)


def _line(name: str, text: str) -> dict[str, str]:
    """A line of one of its boxes, by the titles of the columns above it."""
    titles: list[str] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("│|").split("│")]
        if cells[0] == "Stat":
            titles = cells
        elif cells[0] == name and titles:
            return dict(zip(titles, cells, strict=False))
    return {}


def _row(piece: parts.Piece, latency: Mapping[str, str], requests: Mapping[str, str]) -> Row:
    text = piece.text
    ranks = {title[:-1]: units.duration(cell, unit="ms").value for title, cell in latency.items() if "%" in title}
    done = re.search(r"^(\S+) requests in (\S+),", text, re.MULTILINE)
    failed = re.search(r"(\d+) 2xx responses, (\d+) non 2xx responses", text)
    lost = re.search(r"(\S+) errors \((\S+) timeouts\)", text)
    late = int(units.count(lost[2]).value or 0) if lost else 0
    asked = command.last(piece.before)
    return Row(
        name=piece.name,
        where=piece.where,
        tool="autocannon",
        loop=asked.get("loop", "closed"),
        offered_rate=asked.get("offered_rate"),
        connections=parts.whole(r"^\s*(\d+) connections", text),
        pipelining=parts.whole(r"with (\d+) pipelining factor", text),
        threads=parts.whole(r"^(\d+) workers", text) or 1,
        duration_s=units.duration(done[2]).value if done else None,
        rate=units.rate(requests.get("Avg", "")).value,
        mean_s=units.duration(latency.get("Avg", ""), unit="ms").value,
        mean_step_s=STEP_S,
        stdev_s=units.duration(latency.get("Stdev", ""), unit="ms").value,
        max_s=units.duration(latency.get("Max", ""), unit="ms").value,
        percentiles_s=tuple((float(rank), seconds) for rank, seconds in ranks.items() if seconds is not None),
        total=sum(map(int, failed.groups())) if failed else None,
        errors=Errors(
            timeout=late,
            connect=int(units.count(lost[1]).value or 0) - late if lost else 0,
            status=int(failed[2]) if failed else 0,
        ),
    )


def from_json(data: Mapping[str, Any]) -> Row | None:
    """The row of a report as JSON; None if it is something else."""
    latency, requests = data.get("latency"), data.get("requests")
    if not isinstance(latency, dict) or not isinstance(requests, dict) or "p97_5" not in latency:
        return None
    ranks = {key: float(key[1:].replace("_", ".")) for key in latency if re.fullmatch(r"p\d+(_\d+)?", key)}
    late = int(data.get("timeouts", 0))
    return Row(
        name=str(data.get("title") or data.get("url") or "autocannon"),
        tool="autocannon",
        connections=data.get("connections"),
        pipelining=data.get("pipelining"),
        threads=data.get("workers") or 1,
        duration_s=data.get("duration"),
        rate=requests.get("average"),
        mean_s=latency["average"] / 1e3,
        mean_step_s=STEP_S,
        stdev_s=latency.get("stddev", 0) / 1e3,
        max_s=latency.get("max", 0) / 1e3,
        percentiles_s=tuple(sorted((rank, latency[key] / 1e3) for key, rank in ranks.items() if rank >= 50)),  # noqa: PLR2004
        total=requests.get("total"),
        errors=Errors(
            connect=max(int(data.get("errors", 0)) - late, 0), timeout=late, status=int(data.get("non2xx", 0))
        ),
    )

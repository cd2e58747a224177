"""The printed output of wrk and wrk2, which differ in their percentiles and in what a latency is."""

import re
from collections.abc import Iterator
from typing import Any

from lab.audit import command, units
from lab.audit.readers import parts
from lab.audit.row import Errors, Row

NAME = "wrk"
START = re.compile(r"^Running \S+ test @ (\S+)\n\s+\d+ threads? and", re.MULTILINE)
WRK2 = re.compile(r"Thread calibration|HdrHistogram|Uncorrected Latency")


def read(text: str) -> Iterator[Row]:
    """One row for each run."""
    for piece in parts.split(START, text):
        match = re.search(r"^\s+(\d+) threads? and (\d+) connections?", piece.text, re.MULTILINE)
        if match:
            yield _row(piece, threads=int(match[1]), connections=int(match[2]))


def _row(piece: parts.Piece, *, threads: int, connections: int) -> Row:
    found = parts.Found()
    asked = command.last(piece.before)
    is_wrk2 = bool(WRK2.search(piece.text)) or asked.get("tool") == "wrk2"
    thread_stats = re.search(r"^\s+Latency\s+(\S+)\s+(\S+)\s+(\S+)(?:\s+(\S+))?", piece.text, re.MULTILINE)
    mean, stdev, highest, within = thread_stats.groups() if thread_stats else ("", "", "", "")
    if within and "nan" in within:
        found.assumed.append(f"{within!r} was computed from no answers: left out")
    done = re.search(r"(\d+) requests in (\S+),", piece.text)
    rate = found.figure(units.rate(parts.after(r"^Requests/sec:\s+(\S+)", piece.text)))
    average = found.figure(units.duration(mean or ""))
    unanswered = rate.value == 0
    said: dict[str, Any] = {"offered_rate": asked.get("offered_rate")} if is_wrk2 else {}
    return Row(
        name=piece.name,
        where=piece.where,
        tool="wrk2" if is_wrk2 else "wrk",
        loop="open" if is_wrk2 else "closed",
        threads=threads,
        connections=connections,
        duration_s=units.duration(done[2]).value if done else None,
        total=int(done[1]) if done else None,
        rate=rate.value,
        rate_step=rate.step,
        mean_s=None if unanswered else average.value,
        mean_step_s=average.step,
        stdev_s=found.figure(units.duration(stdev or "")).value,
        max_s=None if unanswered else found.figure(units.duration(highest or "")).value,
        percentiles_s=parts.percentiles(r"^\s+(\d+(?:\.\d+)?)%\s+(\S+)\s*$", piece.text),
        errors=_errors(piece.text),
        assumed=tuple(found.assumed),
        odd=tuple(found.odd),
        **said,
    )


def _errors(text: str) -> Errors:
    """Kinds that did not occur are not printed: they are 0."""
    kinds = {kind: int(number) for kind, number in re.findall(r"(connect|read|write|timeout) (\d+)", text)}
    status = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    every = dict.fromkeys(("connect", "read", "write", "timeout"), 0) | kinds
    return Errors(**every, status=int(status[1]) if status else 0)

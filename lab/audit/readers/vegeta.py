"""The reports of vegeta, as text and as JSON. Its rate is what was sent, its throughput what succeeded."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from lab.audit import units
from lab.audit.readers import parts
from lab.audit.row import Errors, Row

NAME = "vegeta"
START = re.compile(r"^Requests\s+\[total, rate(?:, throughput)?\]", re.MULTILINE)


def read(text: str) -> Iterator[Row]:
    """One row for each report."""
    for piece in parts.split(START, text):
        if requests := _listed("Requests", piece.text):
            yield _row(piece, requests)


def _listed(name: str, text: str) -> dict[str, str]:
    """The line `Name [key, key] value, value` as a mapping."""
    match = re.search(rf"^{name}\s+\[([^\]]+)\]\s+(.+?)\s*$", text, re.MULTILINE)
    return dict(zip(re.split(r",\s*", match[1]), re.split(r",\s*", match[2]), strict=False)) if match else {}


def _row(piece: parts.Piece, requests: Mapping[str, str]) -> Row:
    sent = requests.get("rate", "")  # old versions print nothing else
    latencies = _listed("Latencies", piece.text)
    seconds = {key: units.duration(value).value for key, value in latencies.items()}
    statuses = re.findall(r"(\d+):(\d+)", parts.after(r"^Status Codes\s+\[code:count\]\s+(.*)$", piece.text))
    success = units.share(parts.after(r"^Success\s+\[ratio\]\s+(\S+)", piece.text))
    return Row(
        name=piece.name,
        where=piece.where,
        tool="vegeta",
        loop="open",
        duration_s=units.duration(_listed("Duration", piece.text).get("attack", "")).value,
        offered_rate=units.rate(sent).value,
        rate=units.rate(requests.get("throughput") or sent).value,
        mean_s=seconds.get("mean"),
        min_s=seconds.get("min"),
        max_s=seconds.get("max"),
        percentiles_s=tuple((float(k), v) for k, v in seconds.items() if v is not None and k.isdigit()),
        total=parts.whole(r"\]\s+(\d+),", piece.text),
        success_share=success.value,
        errors=Errors(connect=sum(int(number) for code, number in statuses if code == "0")),
    )


def from_json(data: Mapping[str, Any]) -> Row | None:
    """The row of a report as JSON, whose times are nanoseconds; None if it is something else."""
    latencies = data.get("latencies")
    if not isinstance(latencies, dict) or "throughput" not in data:
        return None
    ranks = [(float(key[:-2]), value / 1e9) for key, value in latencies.items() if re.fullmatch(r"\d+th", key)]
    return Row(
        name="vegeta",
        tool="vegeta",
        loop="open",
        duration_s=data.get("duration", 0) / 1e9 or None,
        offered_rate=data.get("rate"),
        rate=data.get("throughput"),
        mean_s=latencies.get("mean", 0) / 1e9,
        min_s=latencies.get("min", 0) / 1e9,
        max_s=latencies.get("max", 0) / 1e9,
        percentiles_s=tuple(sorted(ranks)),
        total=data.get("requests"),
        success_share=data.get("success"),
        errors=Errors(connect=int(data.get("status_codes", {}).get("0", 0))),
    )

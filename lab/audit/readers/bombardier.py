"""What bombardier prints, as text and as JSON."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from lab.audit import command, units
from lab.audit.readers import parts
from lab.audit.row import Errors, Row

NAME = "bombardier"
START = re.compile(r"^Bombarding (\S+?)(?::\d+)? .*using (?:\d+) connection", re.MULTILINE)


def read(text: str) -> Iterator[Row]:
    """One row for each run."""
    for piece in parts.split(START, text):
        statistics = re.search(r"^\s+Latency\s+(\S+)\s+(\S+)\s+(\S+)", piece.text, re.MULTILINE)
        if statistics:
            yield _row(piece, statistics)


def _row(piece: parts.Piece, statistics: re.Match[str]) -> Row:
    text, asked = piece.text, command.last(piece.before)
    codes = {code: int(number) for code, number in re.findall(r"([1-5]xx) - (\d+)", text)}
    rate = units.rate(parts.after(r"^\s+Reqs/sec\s+(\S+)", text))
    mean = units.duration(statistics[1])
    lost = re.findall(r"^\s+(.+?) - (\d+)$", text.partition("Errors:")[2].partition("Throughput")[0], re.MULTILINE)
    late = sum(int(number) for message, number in lost if "timeout" in message or "timed out" in message)
    refused = sum(int(number) for message, number in lost if "dial" in message or "refused" in message)
    return Row(
        name=piece.name,
        where=piece.where,
        tool="bombardier",
        loop=asked.get("loop", "closed"),
        protocol=asked.get("protocol"),
        offered_rate=asked.get("offered_rate"),
        connections=parts.whole(r"using (\d+) connection", text),
        duration_s=units.duration(parts.after(r" for (\S+) using", text)).value,
        rate=rate.value,
        rate_step=rate.step,
        mean_s=mean.value,
        mean_step_s=mean.step,
        stdev_s=units.duration(statistics[2]).value,
        max_s=units.duration(statistics[3]).value,
        percentiles_s=parts.percentiles(r"^\s+(\d+(?:\.\d+)?)%\s+(\S+)\s*$", text),
        total=sum(codes.values()) or None,
        errors=Errors(connect=refused, timeout=late, status=codes.get("4xx", 0) + codes.get("5xx", 0)),
    )


def from_json(data: Mapping[str, Any]) -> Row | None:
    """The row of a report as JSON, whose times are microseconds; None if it is something else."""
    spec, result = data.get("spec"), data.get("result")
    if not isinstance(spec, dict) or not isinstance(result, dict) or "latency" not in result:
        return None
    latency, codes = result["latency"], {code: int(result.get(f"req{code}", 0)) for code in ("1xx", "2xx", "3xx")}
    failed = int(result.get("req4xx", 0)) + int(result.get("req5xx", 0))
    return Row(
        name=str(spec.get("url", "bombardier")),
        tool="bombardier",
        protocol="h2" if spec.get("client") == "net/http.v2" else None,
        loop="open" if spec.get("rate") else "closed",
        offered_rate=spec.get("rate"),
        connections=spec.get("numberOfConnections"),
        duration_s=result.get("timeTakenSeconds"),
        rate=result.get("rps", {}).get("mean"),
        mean_s=latency["mean"] / 1e6,
        stdev_s=latency.get("stddev", 0) / 1e6,
        max_s=latency.get("max", 0) / 1e6,
        percentiles_s=tuple(sorted((float(p), us / 1e6) for p, us in latency.get("percentiles", {}).items())),
        total=sum(codes.values()) + failed,
        errors=Errors(status=failed),
    )

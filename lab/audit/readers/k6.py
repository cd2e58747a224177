"""The summary of k6, as text and as JSON. Its users run a script, which may pause and may ask several times."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from lab.audit import units
from lab.audit.readers import parts
from lab.audit.row import Errors, Row

NAME = "k6"
START = re.compile(r"^\s*(?:execution: \w+|http_req_duration\.*:)", re.MULTILINE)
LATENCY = re.compile(r"^\s*http_req_duration\.*:\s+(avg=.*)$", re.MULTILINE)


def read(text: str) -> Iterator[Row]:
    """One row for each summary."""
    last = 0
    for number, match in enumerate(LATENCY.finditer(text), start=1):
        ending = re.search(r"^\s*vus_max\.*:.*$", text[match.end() :], re.MULTILINE)
        end = match.end() + ending.end() if ending else len(text)
        yield _row(text[last:end], match[1], number=number, line=text.count("\n", 0, match.start()) + 1)
        last = end


def _row(text: str, latency: str, *, number: int, line: int) -> Row:
    seconds = {key: units.duration(value).value for key, value in re.findall(r"(\S+?)=(\S+)", latency)}
    ranks = _ranks(seconds)
    done = re.search(r"^\s*http_reqs\.*:\s+(\d+)\s+(\S+)/s", text, re.MULTILINE)
    offered = re.search(r"([\d.]+) iterations/s for", text)
    return Row(
        name=parts.after(r"^\s*script: (\S+)", text) or f"run {number}",
        where=f"line {line}",
        tool="k6",
        loop="open" if offered else "closed",
        thinks=True,
        offered_rate=float(offered[1]) if offered else None,
        connections=parts.whole(r"^\s*vus_max\.*:\s+(\d+)", text),
        rate=units.rate(done[2]).value if done else None,
        mean_s=seconds.get("avg"),
        min_s=seconds.get("min"),
        max_s=seconds.get("max"),
        percentiles_s=tuple(sorted((rank, value) for rank, value in ranks.items() if value is not None)),
        total=int(done[1]) if done else None,
        success_share=_success(text),
        errors=Errors(),
    )


def _ranks(figures: Mapping[str, float | None]) -> dict[float, float | None]:
    """`med` and `p(95)` as percentages."""
    told = {
        float(match[1]): value for key, value in figures.items() if (match := re.fullmatch(r"p\((\d+\.?\d*)\)", key))
    }
    return {50.0: figures.get("med")} | told


def _success(text: str) -> float | None:
    failed = units.share(parts.after(r"^\s*http_req_failed\.*:\s+(\S+)", text))
    return 1 - failed.value if failed.value is not None else None


def from_json(data: Mapping[str, Any]) -> Row | None:
    """The row of `--summary-export`, whose times are milliseconds; None if it is something else."""
    metrics = data.get("metrics")
    if not isinstance(metrics, dict) or "http_req_duration" not in metrics:
        return None
    latency, requests, failed, users = (
        _values(metrics, name) for name in ("http_req_duration", "http_reqs", "http_req_failed", "vus_max")
    )
    ranks = _ranks(latency)
    failures = failed.get("value", failed.get("rate"))
    return Row(
        name="k6",
        tool="k6",
        thinks=True,
        connections=users.get("value", users.get("max")),
        rate=requests.get("rate"),
        mean_s=latency["avg"] / 1e3 if "avg" in latency else None,
        max_s=latency["max"] / 1e3 if "max" in latency else None,
        percentiles_s=tuple(sorted((rank, value / 1e3) for rank, value in ranks.items() if value is not None)),
        total=requests.get("count"),
        success_share=None if failures is None else 1 - failures,
    )


def _values(metrics: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A metric; newer versions put its figures one level deeper."""
    metric = metrics.get(name, {})
    found = metric.get("values", metric) if isinstance(metric, dict) else {}
    return dict(found)

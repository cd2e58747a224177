"""The lab's own tables: a file of `experiments/`, rows that are run and rows that are kept alike."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from lab.audit.row import Errors, Row
from lab.audit.told import of_tool
from lab.audit.words import clean_name

NAME = "table of experiments/"
START = re.compile(r"^title:.*^(?:rows|kept):", re.MULTILINE | re.DOTALL)
RANKS = {50.0: "p50_ms", 75.0: "p75_ms", 90.0: "p90_ms", 95.0: "p95_ms", 99.0: "p99_ms", 99.9: "p999_ms"}
ERRORS = {
    "connect": "connect_errors",
    "read": "read_errors",
    "write": "write_errors",
    "timeout": "timeouts",
    "status": "wrong_statuses",
}
OTHER_LOADS = {
    "burst": "a burst has no rate of its own: each request is asked once",
    "ramp": "connections were added over a ramp, so there were fewer for a part of the time",
}
"""Kinds of load in a table to which the law does not apply, with why."""


def read(text: str) -> list[Row]:
    """The rows with published figures; none if it is no such file."""
    if not START.search(text):
        return []
    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError):
        return []
    return list(_rows(data)) if isinstance(data, dict) else []


def _rows(head: Mapping[str, Any]) -> Iterator[Row]:
    for key in ("rows", "kept"):
        rows = head.get(key)
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, dict) and isinstance(row.get("published"), dict):
                yield _row(row, head)


def _row(row: Mapping[str, Any], head: Mapping[str, Any]) -> Row:
    load = {**_mapping(head.get("load")), **_mapping(row.get("load")), **row}
    printed = {key: float(value) for key, value in row["published"].items() if isinstance(value, int | float)}
    tool = load.get("tool") or ("wrk" if "stack" in row else None)
    alone = tool == "single"
    return Row(
        **of_tool(tool),
        **under(tool),
        **figures(printed),
        name=clean_name(str(row.get("name") or row.get("id") or "")),
        tool="wrk" if alone else tool,
        protocol=load.get("protocol"),
        connections=1 if alone else _whole(load.get("connections")),
        threads=_whole(load.get("threads")),
        duration_s=_number(row.get("duration_s") or head.get("published_duration_s")),
    )


def under(tool: str | None) -> dict[str, Any]:
    """What a table's word for a kind of load says of the law."""
    return {"exempt": OTHER_LOADS.get(tool or ""), "at_most": tool == "ramp"}


def figures(printed: Mapping[str, float]) -> dict[str, Any]:
    """The figures of a row from the keys of a table."""
    failed = printed.get("error_rate")
    return {
        "offered_rate": printed.get("offered_requests_per_second"),
        "rate": printed.get("requests_per_second"),
        "spread": printed.get("requests_per_second_spread"),
        "mean_s": _seconds(printed, "mean_ms"),
        "stdev_s": _seconds(printed, "stdev_ms"),
        "max_s": _seconds(printed, "max_ms"),
        "percentiles_s": tuple((rank, printed[key] / 1e3) for rank, key in RANKS.items() if key in printed),
        "total": _whole(printed.get("total_requests")),
        "errors": Errors(**{kind: int(printed[key]) for kind, key in ERRORS.items() if key in printed}),
        "success_share": None if failed is None else 1 - failed,
        "memory_mb": printed.get("memory_mb"),
    }


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _whole(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) else None


def _seconds(printed: Mapping[str, float], key: str) -> float | None:
    return printed[key] / 1e3 if key in printed else None

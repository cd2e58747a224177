"""The JSON of oha; its text is hey's with more digits, see there."""

import re
from collections.abc import Mapping
from typing import Any

from lab.audit.readers.hey import error_kinds
from lab.audit.row import Errors, Row


def from_json(data: Mapping[str, Any]) -> Row | None:
    """The row of a report, whose times are seconds; None if it is something else."""
    summary = data.get("summary")
    if not isinstance(summary, dict) or "requestsPerSec" not in summary:
        return None
    ranks = {key: float(key[1:]) for key in data.get("latencyPercentiles", {}) if re.fullmatch(r"p[\d.]+", key)}
    latencies = data.get("latencyPercentiles", {})
    statuses = {code: int(number) for code, number in data.get("statusCodeDistribution", {}).items()}
    failed = sum(number for code, number in statuses.items() if code[:1] not in "23")
    return Row(
        name="oha",
        tool="oha",
        duration_s=summary.get("total"),
        rate=summary["requestsPerSec"],
        mean_s=summary.get("average"),
        min_s=summary.get("fastest"),
        max_s=summary.get("slowest"),
        percentiles_s=tuple(
            sorted((rank, latencies[key]) for key, rank in ranks.items() if latencies[key] is not None)
        ),
        total=sum(statuses.values()) or None,
        errors=Errors(**error_kinds(data.get("errorDistribution", {})), status=failed),
    )

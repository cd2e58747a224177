"""Audited rows as a file of `experiments/`: those that the lab can run, and those that it keeps."""

import re
from collections import Counter
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from lab.audit.audit import Audit
from lab.audit.checks.table import is_summary
from lab.audit.readers.experiment import ERRORS, RANKS
from lab.audit.row import Row

LONGEST_S = 10
"""Of a rerun's round, where the source loaded its rows for longer; `--as-published` takes the source's time."""
DEFAULT_THREADS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file of `experiments/`, and what became of each row."""

    text: str
    run: tuple[str, ...]
    kept: Mapping[str, str]
    """Id → why it cannot be run."""


def table(found: Audit, *, name: str, source: str, workload: str, offers: Mapping[str, Container[str]]) -> Written:
    """The rows of an audit as a table; `offers` has the workloads of each stack that the lab can run."""
    rows = [(identity, row) for identity, row in _identified(found) if not is_summary(row)]
    why = {identity: reason for identity, row in rows if (reason := _why_kept(row, workload, offers))}
    run = [(identity, row) for identity, row in rows if identity not in why]
    durations = Counter(row.duration_s for _, row in run)
    head: dict[str, Any] = {"title": f"As published: {name}", "source": {"file": source}}
    head |= {"pins": "current", "workload": workload}
    if durations:
        head["published_duration_s"] = durations.most_common(1)[0][0]
    body = {
        "rows": [_run(identity, row) for identity, row in run],
        "kept": [_kept(identity, row, why[identity]) for identity, row in rows if identity in why],
    }
    comment = (
        f"# Written by `lab audit --as-table {name}`: figures as printed, in the units of their keys.\n"
        "# Rows are run as the lab's stack of that name; check that it is what the source had, and its workload too.\n"
    )
    text = yaml.safe_dump({**head, **body}, sort_keys=False, allow_unicode=True, default_flow_style=None, width=120)
    return Written(text=comment + text, run=tuple(identity for identity, _ in run), kept=why)


def _identified(found: Audit) -> Iterator[tuple[str, Row]]:
    """Each row with an id of its own: its name as far as an id can hold it."""
    names = Counter(_plain(one.row.name) for one in found.rows)
    taken: Counter[str] = Counter()
    for one in found.rows:
        alone = names[_plain(one.row.name)] == 1
        identity = _plain(one.row.name if alone else f"{one.row.group} {one.row.name}")
        taken[identity] += 1
        yield (identity if taken[identity] == 1 else f"{identity}-{taken[identity]}"), one.row


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "row"


def _why_kept(row: Row, workload: str, offers: Mapping[str, Container[str]]) -> str | None:
    """Why the lab cannot run a row; None if it can."""
    stack = _plain(row.name)
    if stack not in offers:
        return f"the lab has no stack {stack!r}"
    if workload not in offers[stack]:
        return f"the stack {stack!r} does not offer the workload {workload!r}"
    if row.loop == "open" or row.protocol not in (None, "h1") or (row.pipelining or 1) > 1:
        return "only closed loops of HTTP/1.1 without pipelining become rows that are run"
    if not row.connections or not row.duration_s:
        return "connections or duration are not given"
    return None


def _run(identity: str, row: Row) -> dict[str, Any]:
    load = {
        "threads": row.threads or DEFAULT_THREADS,
        "connections": row.connections,
        "duration_s": min(row.duration_s or LONGEST_S, LONGEST_S),
    }
    written = {"id": identity, "stack": _plain(row.name), "load": load, "published": _published(row)}
    silent = f"The source does not say how many threads it had; here it is {DEFAULT_THREADS}, wrk's own default."
    return written if row.threads else {**written, "note": silent}


def _kept(identity: str, row: Row, why: str) -> dict[str, Any]:
    told = {
        "id": identity,
        "name": row.name,
        "tool": row.tool,
        "protocol": row.protocol,
        "connections": row.connections or None,
        "threads": row.threads or None,
        "duration_s": row.duration_s or None,
        "published": _published(row),
        "note": f"{why[0].upper()}{why[1:]}.",
    }
    return {key: value for key, value in told.items() if value is not None}


def _published(row: Row) -> dict[str, Any]:
    """The figures under the keys of a table, those that there are."""
    ranks = dict(row.percentiles_s)
    failed = row.failed_share if row.errors.status is None else None
    told: dict[str, float | int | None] = {
        "total_requests": row.total,
        "requests_per_second": row.rate,
        "requests_per_second_spread": row.spread,
        "offered_requests_per_second": row.offered_rate,
        "mean_ms": _ms(row.mean_s),
        "stdev_ms": _ms(row.stdev_s),
        **{key: _ms(ranks.get(rank)) for rank, key in RANKS.items()},
        "max_ms": _ms(row.max_s),
        **{key: getattr(row.errors, kind) for kind, key in ERRORS.items()},
        "error_rate": None if failed is None else round(failed, 9),
        "memory_mb": row.memory_mb,
    }
    positive = ("mean_ms", "max_ms", "memory_mb", "offered_requests_per_second")
    return {key: value for key, value in told.items() if value or (value == 0 and key not in positive)}


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1e3, 6)

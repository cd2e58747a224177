"""`results.csv`: one row a cell, raw numbers, units in the headings."""

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from functools import partial
from io import StringIO

from lab.model import CellResult, Estimate, Footprint, Latency, OpenLoop, Results, TierUse
from lab.report import cores
from lab.report.ranking import sections
from lab.report.rows import ReportRow

Value = str | int | float | None


def render(results: Results) -> str:
    """Write one line a cell, in the order of the tables; what is not known stays empty."""
    rows = {id(row.result): row for section in sections(results) for row in (*section.rows, *section.invalid)}
    records = [_record(rows[id(result)], results) for result in results.cells]
    out = StringIO()
    writer = csv.DictWriter(out, fieldnames=_header(results), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return out.getvalue()


def _header(results: Results) -> list[str]:
    """Collect the headings; the tiers of all cells make up those of the mappings."""
    names = [*_WHAT, *_SCORES, "schema_version", "run", "budget", *_LATENCIES, *_ERRORS]
    names += dict.fromkeys(name for result in results.cells for name in _shares(result))
    special = [_open_loop(result.open_loop) for result in results.cells if result.open_loop]
    special += [_footprint(result.footprint) for result in results.cells if result.footprint]
    return [*names, *dict.fromkeys(name for record in special for name in record), *_LAST]


def _record(row: ReportRow, results: Results) -> dict[str, Value]:
    cell, result = row.cell, row.result
    record: dict[str, Value] = {"schema_version": results.schema_version, "run": results.run.id}
    record["budget"] = results.run.budget_of(cell.table).label
    record |= {name: value(row) for name, value in (_WHAT | _LAST).items()}
    record |= _estimate("requests_per_second", result.requests_per_second) | _estimate("wall_s", result.wall_s)
    record |= _latency("latency", result.latency_ms)
    if result.open_loop:
        record |= _open_loop(result.open_loop)
    record |= {f"errors_{name}": count for name, count in asdict(result.errors).items()}
    record |= _shares(result) | _estimate("startup_s", result.startup_s)
    if result.footprint:
        record |= _footprint(result.footprint)
    return {name: _safe(value) for name, value in record.items()}


def _latency(prefix: str, latency: Latency | None) -> dict[str, Value]:
    return {f"{prefix}_{name}_ms": value for name, value in asdict(latency).items()} if latency else {}


def _open_loop(found: OpenLoop) -> dict[str, Value]:
    """Spread what an open loop tells over columns, in tables that have one."""
    return {
        "offered": found.offered,
        "dropped": found.dropped,
        **_estimate("p99_ms", found.p99_ms),
        **_latency("service", found.service_ms),
        **_latency("send_lag", found.send_lag_ms),
    }


def _footprint(footprint: Footprint) -> dict[str, Value]:
    """Spread a footprint over columns, in tables of stacks that were weighed."""
    return {
        **_estimate("cold_start_s", footprint.cold_start_s),
        **_estimate("warm_start_s", footprint.warm_start_s),
        **_amounts("memory_idle_mib", footprint.idle_mib),
        **_amounts("memory_under_load_mib", footprint.peak_mib),
        **_estimate("rebuild_s", footprint.rebuild_s),
        "containers": footprint.containers,
        **_tiers("processes", footprint.processes),
        "unique_mib": footprint.unique_mib,
        "config_lines": footprint.config_lines,
        "cache_dropped": str(footprint.cache_dropped).lower(),
    }


def _shares(result: CellResult) -> dict[str, Value]:
    """Spread what each tier cost and held over columns."""
    return {
        **_amounts("cpu_us_per_request", result.cpu_us_per_request),
        **_tiers("cpu_cores", result.cpu_cores),
        **_amounts("memory_peak_mib", result.memory_peak_mib),
        **_uses(result.use),
    }


def _uses(uses: Mapping[str, TierUse]) -> dict[str, Value]:
    """Spread what the kernel counted of each tier over columns: `used_cpu_ns_app`, `used_pressure_us_cpu_app`."""
    counts = {
        f"used_{name}_{tier}": value
        for tier, use in uses.items()
        for name, value in asdict(use).items()
        if name != "pressure_us"
    }
    waits = ((tier, (use.pressure_us or {}).items()) for tier, use in uses.items())
    return counts | {f"used_pressure_us_{what}_{tier}": spent for tier, found in waits for what, spent in found}


def _amounts(prefix: str, amounts: Mapping[str, Estimate]) -> dict[str, Value]:
    return {
        name: value for tier, amount in amounts.items() for name, value in _estimate(f"{prefix}_{tier}", amount).items()
    }


def _estimate(name: str, estimate: Estimate | None) -> dict[str, Value]:
    ends = (estimate.value, estimate.low, estimate.high) if estimate else (None, None, None)
    return dict(zip((name, f"{name}_low", f"{name}_high"), ends, strict=True))


def _columns(name: str, find: Callable[[ReportRow], Estimate | None]) -> dict[str, Callable[[ReportRow], Value]]:
    """The three columns of an estimate that a row may have."""
    return {column: partial(_part, name, column, find) for column in _estimate(name, None)}


def _part(name: str, column: str, find: Callable[[ReportRow], Estimate | None], row: ReportRow) -> Value:
    return _estimate(name, find(row))[column]


def _tiers(prefix: str, shares: Mapping[str, float]) -> dict[str, Value]:
    return {f"{prefix}_{tier}": value for tier, value in shares.items()}


def _safe(value: Value) -> Value:
    """Keep a spreadsheet from taking text for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t")) else value


def _of_load(name: str, row: ReportRow) -> Value:
    """What only some kinds of load have."""
    value: Value = getattr(row.cell.load, name, None)
    return value


def _joined(texts: Iterable[str]) -> str:
    return "; ".join(texts)


_OF_SOME_LOADS = ("threads", "processes", "rate", "arrivals", "ramp_s", "think_s", "duration_s")
_SCORES = [f"{name}{end}" for name in ("requests_per_second", "wall_s", "startup_s") for end in ("", "_low", "_high")]
_LATENCIES = [f"latency_{name}_ms" for name in ("mean", "p50", "p90", "p99", "p999", "max")]
_ERRORS = [f"errors_{name}" for name in ("connect", "read", "write", "timeout", "status", "body")]
_WHAT: dict[str, Callable[[ReportRow], Value]] = {
    "table": lambda row: row.cell.table,
    "row": lambda row: row.cell.row,
    "stack": lambda row: row.cell.deployment.stack,
    "variant": lambda row: row.cell.deployment.variant,
    "pins": lambda row: row.cell.deployment.pins,
    "settings": lambda row: _joined(f"{name}={value}" for name, value in row.cell.deployment.settings),
    "workload": lambda row: row.cell.workload,
    "load_kind": lambda row: row.cell.load.kind,
    "load_model": lambda row: row.cell.load.model,
    "load_tool": lambda row: row.cell.load.tool,
    "load_connections": lambda row: row.cell.load.connections,
    "load_published_connections": lambda row: row.cell.load.published_connections,
    **{
        f"load_{name}": partial(_of_load, name)
        for name in ("threads", "processes", "rate", "arrivals", "ramp_s", "think_s", "duration_s")
    },
    "rounds": lambda row: row.result.rounds,
    "valid": lambda row: str(row.result.valid).lower(),
    "invalid_reasons": lambda row: _joined(row.result.invalid_reasons),
    "rank": lambda row: row.rank,
    "rank_shared": lambda row: str(row.shared).lower(),
    "requests": lambda row: row.result.requests,
}
_LAST: dict[str, Callable[[ReportRow], Value]] = {
    "image_mib": lambda row: row.result.image_mib,
    "at_least": lambda row: str(row.result.at_least).lower(),
    "core_speed": lambda row: s.median if (s := row.result.core_speed) else None,
    "core_speed_low": lambda row: s.low if (s := row.result.core_speed) else None,
    "core_speed_high": lambda row: s.high if (s := row.result.core_speed) else None,
    "core_speed_over_median": cores.factor,
    "published_requests_per_second": lambda row: p.requests_per_second if (p := row.cell.published) else None,
    "published_mean_ms": lambda row: p.mean_ms if (p := row.cell.published) else None,
    "published_max_ms": lambda row: p.max_ms if (p := row.cell.published) else None,
    "published_timeouts": lambda row: p.timeouts if (p := row.cell.published) else None,
    "published_requests": lambda row: p.total_requests if (p := row.cell.published) else None,
    "published_wall_ms": lambda row: p.wall_ms if (p := row.cell.published) else None,
    "published_memory_mb": lambda row: p.memory_mb if (p := row.cell.published) else None,
    "measured_over_published": lambda row: row.over_published,
    "bound": lambda row: row.result.bound.name if row.result.bound else None,
    "bound_requests_per_second": lambda row: b.requests_per_second if (b := row.result.bound) else None,
    "bound_formula": lambda row: row.result.bound.formula if row.result.bound else None,
    "measured_over_bound": lambda row: row.over_bound,
    "core_use": lambda row: row.core_use,
    "delay_s": lambda row: row.cell.delay_s,
    "accepted": lambda row: str(row.cell.accepted).lower(),
    **_columns("finished_per_second", lambda row: b.finished_per_second if (b := row.result.backlog) else None),
    **_columns("waiting", lambda row: b.waiting if (b := row.result.backlog) else None),
    "slots": lambda row: row.cell.slots,
    "app_processes": lambda row: row.cell.processes,
    "duet_reference": lambda row: d.reference if (d := row.result.duet) else None,
    "duet_requests_per_second": lambda row: d.rate if (d := row.result.duet) else None,
    "duet_slices": lambda row: d.slices if (d := row.result.duet) else None,
    "duet_valid": lambda row: str(d.valid).lower() if (d := row.result.duet) else None,
    **_columns("duet_cpu_ratio", lambda row: d.cpu_ratio if (d := row.result.duet) else None),
    "idle_duet_requests_per_second": lambda row: d.rate if (d := row.result.idle_duet) else None,
    **_columns("idle_duet_cpu_ratio", lambda row: d.cpu_ratio if (d := row.result.idle_duet) else None),
    "duet_decision": lambda row: d.decision if (d := row.result.duet) else None,
    "duet_difference_at_most": lambda row: d.difference_at_most if (d := row.result.duet) else None,
    "verdict": lambda row: row.result.verdict.name if row.result.verdict else None,
    "verdict_reason": lambda row: row.result.verdict.reason if row.result.verdict else None,
    "notes": lambda row: _joined(row.notes),
}

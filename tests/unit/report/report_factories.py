"""Small makers of results: each test names only what it is about."""

from collections.abc import Sequence
from typing import Any

from lab.model import (
    SCHEMA_VERSION,
    Bound,
    Budget,
    Burst,
    CellResult,
    Closed,
    Deployment,
    DeploymentFacts,
    Duet,
    ErrorCounts,
    Estimate,
    Footprint,
    Latency,
    Machine,
    Open,
    OpenLoop,
    Order,
    Published,
    Results,
    Run,
    Span,
    Swap,
    Verdict,
    VerdictName,
)
from lab.report.ranking import sections
from lab.report.rows import Section
from tests.unit.unit_factories import make_cell_result

LABEL = "1 of 4 cores, 1 GiB of 4 GiB, isolated"


def make_load(**changes: Any) -> Closed:
    given: dict[str, Any] = {"connections": 2000, "threads": 2, "duration_s": 10.0}
    return Closed(**given | changes)


def make_latency(p50: float = 100.0) -> Latency:
    return Latency(mean=p50 * 1.1, p50=p50, p90=p50 * 1.3, p99=p50 * 2, p999=p50 * 3, max=p50 * 4)


def make_rate(value: float, half_width: float | None = 10.0) -> Estimate:
    if half_width is None:
        return Estimate(value=value, low=None, high=None)
    return Estimate(value=value, low=value - half_width, high=value + half_width)


def make_shares(**values: float) -> dict[str, Estimate]:
    """What each tier costs or holds, each with an interval of 1% to each side."""
    return {name: make_rate(value, value / 100) for name, value in values.items()}


def make_cell(row: str = "alpha", rate: float = 1000.0, half_width: float | None = 10.0, **changes: Any) -> CellResult:
    given: dict[str, Any] = {
        "table": "headline",
        "row": row,
        "stack": row,
        "variant": "default",
        "pins": "current",
        "workload": "health",
        "load": make_load(),
        "rounds": 5,
        "requests_per_second": make_rate(rate, half_width),
        "latency_ms": make_latency(),
        "requests": 50_000,
        "errors": ErrorCounts(),
        "cpu_us_per_request": make_shares(total=62.3, proxy=12.1, app=50.2),
        "cpu_cores": {"total": 0.98, "proxy": 0.2, "app": 0.78, "load": 0.61},
        "memory_peak_mib": make_shares(total=131.0, proxy=11.0, app=120.0),
        "startup_s": make_rate(1.23, None),
        "image_mib": 187.0,
        "published": Published(requests_per_second=2000.0, mean_ms=90.0),
        "bound": Bound(name="cores", requests_per_second=rate * 1.05, formula="1 core / 0.00006 s"),
        "verdict": None,
        "valid": True,
        "invalid_reasons": (),
        "notes": (),
    }
    return make_cell_result(**given | changes)


def make_invalid(row: str = "broken", reason: str = "wrong answers", **changes: Any) -> CellResult:
    return make_cell(row, valid=False, invalid_reasons=(reason,), errors=ErrorCounts(body=31), **changes)


def make_duet(ratio: float, low: float, high: float, **changes: Any) -> Duet:
    given: dict[str, Any] = {
        "reference": "cheap",
        "rate": 190.0,
        "slices": 10,
        "cpu_ratio": Estimate(value=ratio, low=low, high=high),
        "cpu_us_per_request": 100.0 * ratio,
        "reference_cpu_us_per_request": 100.0,
        "valid": True,
    }
    return Duet(**given | changes)


def make_burst(
    row: str, number: int, wall_s: float, *, workers: tuple[str, ...] = ("7",), **changes: Any
) -> CellResult:
    """A burst that its workers answer in turns, so that the last answer comes after `wall_s`."""
    steps = -(-number // len(workers))
    spans = [(wall_s * (n // len(workers) + 1) / steps, workers[n % len(workers)]) for n in range(number)]
    given: dict[str, Any] = {
        "load": Burst(connections=number),
        "workload": "cpu-bound",
        "wall_s": make_rate(wall_s, wall_s * 0.01),
        "spans": tuple(Span(start_s=0.0, end_s=end, worker=worker) for end, worker in spans),
        "published": Published(wall_ms=wall_s * 2000),
        "bound": Bound(name="slots", requests_per_second=number / wall_s * 1.02, formula="2 waves"),
        "slots": len(workers),
    }
    return make_cell(row, number / wall_s, 0.01 * number / wall_s, **given | changes)


def make_open(
    row: str, p99_ms: float = 10.0, half_width: float | None = 0.1, *, rate: float = 2000, **changes: Any
) -> CellResult:
    """An open loop at a rate that was kept up with."""
    told = OpenLoop(
        p99_ms=make_rate(p99_ms, half_width),
        offered=50_000,
        dropped=0,
        service_ms=make_latency(p99_ms / 4),
        send_lag_ms=make_latency(0.01),
    )
    given: dict[str, Any] = {
        "load": Open(rate=rate, duration_s=6),
        "open_loop": told,
        "published": None,
        "bound": Bound(name="offered", requests_per_second=rate, formula=f"{rate} requests/s are offered"),
    }
    return make_cell(row, rate, 1.0, **given | changes)


def make_footprint(cold_s: float = 1.5, held_mib: float = 100.0, **changes: Any) -> Footprint:
    idle = make_rate(held_mib, 1.0)
    given: dict[str, Any] = {
        "cold_start_s": make_rate(cold_s, 0.1),
        "warm_start_s": make_rate(cold_s / 2, 0.1),
        "idle_mib": {"total": idle, "proxy": make_rate(9.0, 0.5), "app": make_rate(held_mib - 9, 0.5)},
        "peak_mib": {"total": make_rate(held_mib * 1.5, 1.0), "app": make_rate(held_mib * 1.5, 1.0)},
        "rebuild_s": make_rate(3.3, 0.2),
        "containers": 2,
        "processes": {"total": 7, "proxy": 2, "app": 5},
        "image_mib": 187.0,
        "unique_mib": 12.3,
        "config_lines": 61,
    }
    return Footprint(**given | changes)


def make_verdict(name: VerdictName = "reproduced", reason: str = "391/s is within 5% of 390/s") -> Verdict:
    return Verdict(name=name, reason=reason)


def make_order(**changes: Any) -> Order:
    given: dict[str, Any] = {
        "table": "headline",
        "pins": "current",
        "tau": Estimate(value=0.867, low=0.6, high=1.0),
        "rows": ("alpha", "beta", "gamma", "delta"),
        "swapped": (
            Swap(better="alpha", worse="beta", told_apart=True),
            Swap(better="gamma", worse="delta", told_apart=False),
        ),
        "left_out": {"huge": "it had fewer connections", "larger": "it had fewer connections"},
    }
    return Order(**given | changes)


def make_budget(**changes: Any) -> Budget:
    given: dict[str, Any] = {
        "wished_cpus": 4,
        "wished_memory_mib": 4096,
        "placement": "isolated",
        "stack_cpus": (0,),
        "load_cpus": (1,),
        "memory_mib": 1024,
        "label": LABEL,
    }
    return Budget(**given | changes)


def make_run(**changes: Any) -> Run:
    host = Machine(
        cpu_model="Some CPU",
        cores=((0,), (1,)),
        memory_mib=24_105,
        kernel="6.1.0",
        os="Debian 12",
        architecture="x86_64",
        cgroup_version=1,
        nofile_hard=20_000,
        virtualisation="kvm",
    )
    deployment = Deployment(stack="alpha", variant="default", pins="current")
    facts = DeploymentFacts(
        deployment=deployment,
        startup_s=1.2,
        image_mib=187.0,
        images={"app": "sha256:abc"},
        versions={"python": "3.11.2"},
    )
    given: dict[str, Any] = {
        "id": "20261121-0330",
        "started_at": "2026-11-21T03:30:00Z",
        "command": "lab compare",
        "lab_version": "0.1.0",
        "git_revision": "abc123",
        "git_dirty": True,
        "host": host,
        "budget": make_budget(),
        "engine": {"docker": "26.1.5"},
        "rounds": 5,
        "warmup_s": 2.0,
        "cells": (),
        "deployments": (facts,),
        "finished_at": "2026-11-21T03:34:00Z",
        "phases_s": {"start": 20.0, "load": 80.0},
    }
    return Run(**given | changes)


def make_results(*cells: CellResult, orders: tuple[Order, ...] = (), **changes: Any) -> Results:
    return Results(schema_version=SCHEMA_VERSION, run=make_run(**changes), cells=cells, orders=orders)


def make_growth(row: str, walls_s: Sequence[float], **changes: Any) -> tuple[CellResult, ...]:
    """Bursts of 1, 2 … requests to one system: `row-1`, `row-2` …"""
    return tuple(make_burst(f"{row}-{n}", n, wall, stack=row, **changes) for n, wall in enumerate(walls_s, 1))


def make_section(*cells: CellResult, **changes: Any) -> Section:
    (section,) = sections(make_results(*cells, **changes))
    return section


def make_many() -> Results:
    """Two tables with a row of each kind: fast, slow, measured once, not valid, with other pins."""
    return make_results(
        make_cell("fast", 2000, published=None),
        make_cell("slow", 1000, notes=("steal was 1.2%",)),
        make_cell("once", 5000, None, rounds=1),
        make_invalid("broken", "3% of the answers were wrong"),
        make_cell("other", 700, table="second", pins="seed"),
    )

"""Small makers of results: each test names only what it is about."""

from typing import Any

from lab.model import (
    SCHEMA_VERSION,
    Bound,
    Budget,
    CellResult,
    Deployment,
    DeploymentFacts,
    Errors,
    Estimate,
    Latency,
    Load,
    Machine,
    Published,
    Results,
    Run,
)

LABEL = "1 of 4 cores, 1 GiB of 4 GiB, isolated"


def make_load(**changes: Any) -> Load:
    given: dict[str, Any] = {"connections": 2000, "threads": 2, "duration_s": 10.0}
    return Load(**given | changes)


def make_latency(p50: float = 100.0) -> Latency:
    return Latency(mean=p50 * 1.1, p50=p50, p90=p50 * 1.3, p99=p50 * 2, p999=p50 * 3, max=p50 * 4)


def make_rate(value: float, half_width: float | None = 10.0) -> Estimate:
    if half_width is None:
        return Estimate(value=value, low=None, high=None)
    return Estimate(value=value, low=value - half_width, high=value + half_width)


def make_cell(row: str = "alpha", rate: float = 1000.0, half_width: float | None = 10.0, **changes: Any) -> CellResult:
    given: dict[str, Any] = {
        "table": "headline",
        "row": row,
        "stack": row,
        "variant": "default",
        "pins": "current",
        "settings": {},
        "workload": "health",
        "load": make_load(),
        "rounds": 5,
        "requests_per_second": make_rate(rate, half_width),
        "latency_ms": make_latency(),
        "requests": 50_000,
        "errors": Errors(),
        "cpu_us_per_request": {"total": 62.3, "proxy": 12.1, "app": 50.2},
        "cpu_cores": {"total": 0.98, "proxy": 0.2, "app": 0.78, "load": 0.61},
        "memory_peak_mib": {"total": 131.0, "proxy": 11.0, "app": 120.0},
        "startup_s": 1.23,
        "image_mib": 187.0,
        "published": Published(requests_per_second=2000.0, mean_ms=90.0),
        "bound": Bound(name="cores", requests_per_second=rate * 1.05, formula="1 core / 0.00006 s"),
        "verdict": None,
        "valid": True,
        "invalid_reasons": (),
        "notes": (),
    }
    return CellResult(**given | changes)


def make_invalid(row: str = "broken", reason: str = "wrong answers", **changes: Any) -> CellResult:
    return make_cell(row, valid=False, invalid_reasons=(reason,), errors=Errors(body=31), **changes)


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


def make_results(*cells: CellResult, **changes: Any) -> Results:
    return Results(schema_version=SCHEMA_VERSION, run=make_run(**changes), cells=cells)

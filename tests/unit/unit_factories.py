"""Small makers of records: each test names only what it is about."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from lab import plan
from lab.catalog import Catalog
from lab.load import histogram
from lab.model import (
    Budget,
    Cell,
    CellResult,
    Closed,
    Deployment,
    DeploymentFacts,
    Entry,
    ErrorCounts,
    HostCpu,
    LoadResult,
    Machine,
    Request,
    Run,
    Sample,
    Stack,
    Workload,
)


def make_machine(**changes: Any) -> Machine:
    given: dict[str, Any] = {
        "cpu_model": "Some CPU",
        "cores": tuple((cpu,) for cpu in range(8)),
        "memory_mib": 16_384,
        "kernel": "6.1.0",
        "os": "Debian 12",
        "architecture": "x86_64",
        "cgroup_version": 1,
        "nofile_hard": 20_000,
        "virtualisation": "none",
    }
    return Machine(**given | changes)


def make_budget(**changes: Any) -> Budget:
    given: dict[str, Any] = {
        "wished_cpus": 1,
        "wished_memory_mib": 1024,
        "placement": "isolated",
        "stack_cpus": (0,),
        "load_cpus": (1,),
        "memory_mib": 1024,
        "label": "1 core, 1 GiB, isolated",
    }
    return Budget(**given | changes)


def make_facts(failure: str | None = None) -> DeploymentFacts:
    return DeploymentFacts(
        deployment=make_deployment(), startup_s=None, image_mib=None, images={}, versions={}, failure=failure
    )


def make_stack(**changes: Any) -> Stack:
    given: dict[str, Any] = {
        "name": "proxied",
        "title": "Proxy → App",
        "path": Path("compose/proxied.yaml"),
        "entry": Entry(service="proxy", port=8080),
        "tiers": {"proxy": "proxy", "app": "application"},
        "workloads": ("health", "ping"),
        "memory": {"proxy": 1, "app": 7},
        "variants": {"one": {"WORKERS": "1"}},
        "slots": {},
        "processes": {},
        "settings": frozenset({"WORKERS"}),
    }
    return Stack(**given | changes)


def make_workload(*, path: str = "/health", body: JsonValue = "ok", **changes: Any) -> Workload:
    """A workload of one request, unless `requests` are given; what is a request's goes there."""
    asked = {
        key: changes.pop(key) for key in ("method", "headers", "sent", "statuses", "content_type") if key in changes
    }
    given: dict[str, Any] = {"name": "health", "requests": (Request(path=path, body=body, **asked),)}
    return Workload(**given | changes)


def make_load(**changes: Any) -> Closed:
    given: dict[str, Any] = {"connections": 10, "threads": 1, "duration_s": 10}
    return Closed(**given | changes)


def make_deployment(**changes: Any) -> Deployment:
    given: dict[str, Any] = {"stack": "proxied", "variant": "one", "pins": "current"}
    return Deployment(**given | changes)


def make_cell(**changes: Any) -> Cell:
    given: dict[str, Any] = {
        "table": "articles",
        "row": "alpha",
        "deployment": make_deployment(),
        "title": "Proxy → App",
        "workload": "health",
        "method": "GET",
        "path": "/health",
        "load": make_load(),
    }
    return Cell(**given | changes)


def planned(catalog: Catalog, cell: Cell) -> Cell:
    """The same cell with what the catalogue knows of it."""
    known = plan.cell(catalog, cell.deployment, table=cell.table, row=cell.row, workload=cell.workload, load=cell.load)
    kept = ("published", "source", "note", "from_nothing", "floor")
    return replace(known, **{name: getattr(cell, name) for name in kept})


def make_cell_result(**given: Any) -> CellResult:
    """A result and its cell; what is a deployment's, a cell's or a result's goes there."""
    of_deployment = {key: given.pop(key) for key in Deployment.__dataclass_fields__ if key in given}
    of_cell = {key: given.pop(key) for key in Cell.__dataclass_fields__ if key in given}
    return CellResult(cell=make_cell(deployment=make_deployment(**of_deployment), **of_cell), **given)


def make_result(rate: int = 1000, *, elapsed_s: float = 10.0, latency_us: int = 10_000, **changes: Any) -> LoadResult:
    """A steady round: the same number of answers in each tenth of a second, all equally fast."""
    requests = round(rate * elapsed_s)
    given: dict[str, Any] = {
        "requests": requests,
        "elapsed_s": elapsed_s,
        "bytes_read": requests * 100,
        "errors": ErrorCounts(),
        "per_100ms": (rate // 10,) * round(elapsed_s * 10),
        "ramp_s": 1.0,
        "steady_s": elapsed_s - 1.0,
        "histogram": histogram.encode([(latency_us, requests)] if requests else []),
    }
    return LoadResult(**given | changes)


def make_sample(number: int = 0, rate: int = 1000, **changes: Any) -> Sample:
    """A round on two cores in which nothing is amiss: the stack uses its core, the load half of its own.

    Of its ten seconds the first is the ramp, in which the stack uses as much as in any other.
    """
    given: dict[str, Any] = {
        "cell": make_cell().key,
        "round": number,
        "started_at": "2026-11-21T03:30:00Z",
        "result": make_result(rate),
        "cpu_s": {"proxy": 2.0, "app": 7.5},
        "steady_cpu_s": {"proxy": 1.8, "app": 6.75},
        "load_cpu_s": 5.0,
        "memory_mib": {"proxy": 10.0, "app": 100.0},
        "host": HostCpu(capacity_s=20.0, busy_s=15.0, steal_s=0.0),
    }
    return Sample(**given | changes)


def make_run(cells: Iterable[Cell] = (), **changes: Any) -> Run:
    given: dict[str, Any] = {
        "id": "20261121-033000-abcd",
        "started_at": "2026-11-21T03:30:00Z",
        "command": "lab bench",
        "lab_version": "0.1.0",
        "git_revision": None,
        "git_dirty": None,
        "host": make_machine(),
        "budget": make_budget(),
        "engine": {"docker": "26.1.5"},
        "rounds": 3,
        "warmup_s": 1.0,
        "cells": tuple(cells),
    }
    return Run(**given | changes)

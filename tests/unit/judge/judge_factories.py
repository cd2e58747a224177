"""Rows to be judged, and the published figures of the articles: each test names only what it is about."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lab import load as loads
from lab.figures import bounds, stats
from lab.judge import Subject, judge
from lab.judge.figures import JudgedFigure, kind_of
from lab.model import Burst, Closed, ErrorCounts, Load, Published, Source, Verdict
from tests.unit.unit_factories import make_budget, make_cell_result

VM = {
    "flask-dev-nosleep": (137538, 2288.49, 65.47, 144),
    "flask-dev-sync": (114440, 1904.45, 201.90, 1833),
    "flask-dev-async": (57896, 964.31, 275.49, 611),
    "flask-gevent-unpatched": (592, 9.85, 185.36, 322),
    "flask-gevent-late-patch": (592, 9.85, 182.89, 312),
    "gunicorn-flask-gevent": (948506, 15799.31, 126.18, 0),
    "go-nethttp": (1180108, 19643.94, 101.56, 0),
    "go-nethttp-c20000": (6867733, 114258.70, 167.56, 0),
    "uvicorn-fastapi-sync": (23494, 390.92, 1220.0, 22894),
    "uvicorn-fastapi-async": (246744, 4106.80, 484.53, 0),
    "uvicorn-fastapi-async-4w": (727517, 12123.17, 164.52, 0),
    "gunicorn-uvicorn-fastapi": (818281, 13620.16, 146.43, 0),
    "sanic-fast": (1154792, 19218.08, 104.05, 88),
    "openresty": (1178854, 19619.86, 101.43, 0),
    "openresty-c25000": (9330399, 155277.58, 149.17, 0),
}
"""Table vm-4c4g as printed: total requests, requests per second, mean in ms, time-outs."""
VM_CONNECTIONS = {"go-nethttp-c20000": 20_000, "openresty-c25000": 25_000}
ONE_OF_FOUR = make_budget(wished_cpus=4, stack_cpus=(0,), label="1 of 4 cores")
TWO_OF_FOUR = make_budget(wished_cpus=4, stack_cpus=(0, 1), label="2 of 4 cores")
FOUR = make_budget(wished_cpus=4, stack_cpus=(0, 1, 2, 3), label="4 cores")


def printed(row: str) -> Published:
    """A row of vm-4c4g."""
    total, rate, mean_ms, timeouts = VM[row]
    return Published(total_requests=total, requests_per_second=rate, mean_ms=mean_ms, timeouts=timeouts)


def make_load(connections: int = 2000, **changes: Any) -> Closed:
    given: dict[str, Any] = {"connections": connections, "threads": 1, "duration_s": 10}
    return Closed(**given | changes)


def make_subject(
    row: str,
    published: Published | None,
    rounds: Sequence[float] = (),
    *,
    cpu_us: float = 0.0,
    load_us: float | None = None,
    source: Source | None = None,
    budget: Any = ONE_OF_FOUR,
    **changes: Any,
) -> Subject:
    """A row measured in so many rounds, in the unit of the published figure; its bounds follow from the rest."""
    given: dict[str, Any] = {"load": make_load(), "delay_s": 0.0, "slots": None, "processes": None} | changes
    load: Load = given["load"]
    found = bounds.limits(
        loads.given(
            load,
            delay_s=given["delay_s"],
            slots=given["slots"],
            processes=given["processes"],
            cores=len(budget.stack_cpus),
            cpu_s=cpu_us / 1e6,
            app_cpu_s=cpu_us / 1e6,
        )
    )
    kind = kind_of(published, load)
    measured = stats.estimate(rounds) if rounds else None
    rates = [load.connections / wall * 1000 for wall in rounds] if kind == "wall_ms" else rounds
    cell: dict[str, Any] = {
        "table": "articles",
        "row": row,
        "stack": row,
        "variant": "default",
        "pins": "seed",
        "workload": "health",
        "rounds": len(rounds),
        "requests_per_second": stats.estimate(rates) if rounds else None,
        "latency_ms": None,
        "requests": 1000,
        "errors": ErrorCounts(),
        "cpu_us_per_request": dict.fromkeys(("total", "app"), stats.estimate([cpu_us, cpu_us])) if cpu_us else {},
        "load_cpu_us_per_request": stats.estimate([load_us, load_us]) if load_us is not None else None,
        "cpu_cores": {"total": cpu_us / 1e6 * stats.estimate(rates).value} if rounds else {},
        "memory_peak_mib": {},
        "startup_s": None,
        "image_mib": None,
        "published": published,
        "bound": next(iter(found), None),
        "limits": found,
        "valid": bool(rounds),
        "invalid_reasons": () if rounds else ("it has no sample",),
        "notes": (),
    }
    figure = (
        kind
        and measured
        and JudgedFigure(kind=kind, published=getattr(published, kind), rounds=tuple(rounds), measured=measured)
    )
    return Subject(
        result=make_cell_result(**cell | given, source=source),
        budget=budget,
        figure=figure or None,
    )


def with_cell(subject: Subject, **changes: Any) -> Subject:
    """The same row, planned otherwise."""
    return replace(subject, result=replace(subject.result, cell=replace(subject.cell, **changes)))


HEALTH: Mapping[str, Any] = {"delay_s": 0.1, "budget": ONE_OF_FOUR}
POOL: Mapping[str, Any] = {**HEALTH, "slots": 40, "cpu_us": 367}
IO: Mapping[str, Any] = {"load": Burst(connections=10), "delay_s": 5, "cpu_us": 2000, "budget": FOUR}


def verdicts(*subjects: Subject) -> dict[str, Verdict]:
    cells, _, _ = judge(subjects)
    return {result.cell.row: result.verdict for result in cells if result.verdict}


def verdict(published: Published | None, rounds: tuple[float, ...], **changes: Any) -> Verdict:
    return verdicts(make_subject("row", published, rounds, **changes))["row"]


def around(value: float) -> tuple[float, ...]:
    """Five rounds that lie close together: their interval is 1% to each side."""
    return tuple(value * math.exp(step * 0.010187) for step in (-1, -0.5, 0, 0.5, 1))

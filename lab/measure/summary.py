"""Samples → the cells of `results.json`: intervals, merged latencies, costs, the bound, validity."""

from collections.abc import Mapping, Sequence

from lab import bounds, stats
from lab.catalog import Catalog, environment
from lab.load import histogram
from lab.measure import validity
from lab.model import (
    SCHEMA_VERSION,
    Bound,
    Cell,
    CellResult,
    Deployment,
    DeploymentFacts,
    Results,
    Run,
    Sample,
)

APP_TIER = "app"
"""The service whose processes `x-lab: processes` counts."""


def summarise(catalog: Catalog, run: Run, samples: Sequence[Sample]) -> Results:
    """Everything a run says, cell by cell, in the order in which the cells were planned."""
    facts = {fact.deployment: fact for fact in run.deployments}
    by_cell: dict[str, list[Sample]] = {}
    for sample in samples:
        by_cell.setdefault(sample.cell, []).append(sample)
    cells = tuple(
        _cell(catalog, run, cell, by_cell.get(cell.key, []), facts.get(cell.deployment)) for cell in run.cells
    )
    return Results(schema_version=SCHEMA_VERSION, run=run, cells=cells)


def _cell(catalog: Catalog, run: Run, cell: Cell, samples: list[Sample], facts: DeploymentFacts | None) -> CellResult:
    rates = [sample.result.requests_per_second for sample in samples]
    latency = histogram.latency(sample.result.histogram for sample in samples)
    cost = _cpu_us_per_request(samples)
    reasons = list(_failures(run, cell, facts)) or list(validity.reasons(samples, budget=run.budget))
    return CellResult(
        table=cell.table,
        row=cell.row,
        stack=cell.deployment.stack,
        variant=cell.deployment.variant,
        pins=cell.deployment.pins,
        settings=dict(cell.deployment.settings),
        workload=cell.workload,
        load=cell.load,
        rounds=len(samples),
        requests_per_second=stats.estimate(rates) if rates else None,
        latency_ms=latency,
        requests=sum(sample.result.requests for sample in samples),
        errors=validity.total_errors(samples),
        cpu_us_per_request=cost,
        cpu_cores=_cpu_cores(samples),
        memory_peak_mib=_memory_peak_mib(samples),
        startup_s=facts.startup_s if facts else None,
        image_mib=facts.image_mib if facts else None,
        published=cell.published,
        bound=ceiling(catalog, cell, cores=len(run.budget.stack_cpus), cpu_us_per_request=cost),
        verdict=None,
        valid=not reasons,
        invalid_reasons=tuple(reasons),
        notes=validity.notes(samples, load=cell.load, latency=latency, restarts=run.restarts.get(cell.key, 0)),
    )


def _failures(run: Run, cell: Cell, facts: DeploymentFacts | None) -> list[str]:
    found = [facts.failure] if facts and facts.failure else []
    return [*found, *([run.failures[cell.key]] if cell.key in run.failures else [])]


def _with_total(parts: Mapping[str, float]) -> dict[str, float]:
    return {"total": sum(parts.values()), **parts} if parts else {}


def _steady_cpu_s(samples: Sequence[Sample]) -> dict[str, float]:
    services = samples[0].steady_cpu_s if samples else {}
    return {service: sum(sample.steady_cpu_s[service] for sample in samples) for service in services}


def _cpu_us_per_request(samples: Sequence[Sample]) -> dict[str, float]:
    requests = sum(sample.result.steady_requests for sample in samples)
    if not requests:
        return {}
    return _with_total({service: spent / requests * 1e6 for service, spent in _steady_cpu_s(samples).items()})


def _cpu_cores(samples: Sequence[Sample]) -> dict[str, float]:
    if not samples:
        return {}
    steady_s = sum(sample.result.steady_s for sample in samples)
    stack = _with_total({service: spent / steady_s for service, spent in _steady_cpu_s(samples).items()})
    whole_s = sum(sample.result.elapsed_s for sample in samples)
    return {**stack, "load": sum(sample.load_cpu_s for sample in samples) / whole_s}


def _memory_peak_mib(samples: Sequence[Sample]) -> dict[str, float]:
    services = samples[0].memory_mib if samples else {}
    return _with_total({service: max(sample.memory_mib[service] for sample in samples) for service in services})


def ceiling(
    catalog: Catalog, cell: Cell, *, cores: int, cpu_us_per_request: Mapping[str, float] | None = None
) -> Bound | None:
    """The bound of a cell; without measured costs, the one that holds on any machine."""
    stack = catalog.stack(cell.deployment.stack)
    settings = environment(stack, cell.deployment)
    cost = cpu_us_per_request or {}
    return bounds.ceiling(
        connections=cell.load.connections,
        delay_s=catalog.delay_s(cell.deployment, catalog.workloads[cell.workload]),
        slots=_factor(stack.slots, cell.deployment, settings),
        processes=_factor(stack.processes, cell.deployment, settings),
        cores=cores,
        cpu_s=cost.get("total", 0.0) / 1e6,
        app_cpu_s=cost.get(APP_TIER, 0.0) / 1e6,
    )


def _factor(factors: Mapping[str, tuple[str, ...]], deployment: Deployment, settings: Mapping[str, str]) -> int | None:
    named = factors.get(deployment.variant)
    return bounds.product(named, settings) if named is not None else None

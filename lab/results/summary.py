"""Samples → the cells of `results.json`: intervals, merged latencies, costs, the bound, validity."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from lab import load
from lab.figures import bounds, known, speed, stats, waves
from lab.figures.bounds import LimitFacts
from lab.figures.numbers import count_text, setting_text
from lab.judge import Subject, judge, subject
from lab.load import histogram, kind
from lab.model import (
    SCHEMA_VERSION,
    Cell,
    CellResult,
    DeploymentFacts,
    Duet,
    DuetSample,
    Estimate,
    Footprint,
    Latency,
    Results,
    Run,
    Sample,
    Span,
    SpeedRange,
)
from lab.results import backlogs, disturbance, duets, footprint_summary, open_loops, uses, validity

APP_TIER = "app"
"""The service whose processes `x-lab: processes` counts."""


def summarise(run: Run, samples: Sequence[Sample], played: Sequence[DuetSample] = ()) -> Results:
    """Everything a run says, cell by cell, in the order in which the cells were planned; `played` are its duets."""
    cells_by_key = {cell.key: cell for cell in run.cells}
    usual, low = ([turn for turn in played if turn.idle == idle] for idle in (False, True))
    side_by_side, idly = duets.summarise(usual, cells_by_key, until=run.until), duets.summarise(low, cells_by_key)
    said = duets.notes(usual, side_by_side), duets.notes(low, idly)
    facts = {fact.deployment: fact for fact in run.deployments}
    by_cell: dict[str, list[Sample]] = {}
    for sample in samples:
        by_cell.setdefault(sample.cell, []).append(sample)
    measured: list[Sample | DuetSample] = [*samples, *played]
    told = speed.pooled(sample.core_speed for sample in measured if not sample.set_aside)
    subjects = [_subject(run, cell, by_cell.get(cell.key, []), facts.get(cell.deployment), told) for cell in run.cells]
    judged, orders, factors = judge(subjects)
    cells = tuple(_beside(run, result, side_by_side, idly, notes=said) for result in judged)
    return Results(schema_version=SCHEMA_VERSION, run=run, cells=cells, orders=orders, factors=factors, core_speed=told)


def _beside(
    run: Run,
    result: CellResult,
    found: Mapping[str, Duet],
    idly: Mapping[str, Duet],
    *,
    notes: Sequence[Mapping[str, Sequence[str]]],
) -> CellResult:
    """A result with its duets and what is said of them, or with why it has none although one was tried."""
    key = result.cell.key
    said = [note for of_cell in notes for note in of_cell.get(key, ())]
    if key not in found and (why := run.unplayed.get(key)):
        said.append(f"not measured side by side: {why}")
    return replace(result, notes=(*result.notes, *said), duet=found.get(key), idle_duet=idly.get(key))


def _subject(
    run: Run, cell: Cell, samples: Sequence[Sample], facts: DeploymentFacts | None, told: SpeedRange | None
) -> Subject:
    counted = [sample for sample in samples if not sample.set_aside]
    result = _cell(run, cell, counted, facts, told)
    if again := disturbance.again(samples):
        result = replace(result, notes=(*result.notes, again))
    return subject(result, counted, budget=run.budget_of(cell.table))


def _cell(
    run: Run, cell: Cell, samples: list[Sample], facts: DeploymentFacts | None, told: SpeedRange | None
) -> CellResult:
    budget = run.budget_of(cell.table)
    rates = [_rate(cell, sample) for sample in samples]
    latency = histogram.latency(sample.result.histogram for sample in samples)
    cost = _cpu_us_per_request(samples)
    weighed = footprint_summary.summarise(samples, facts)
    failed = _failures(run, cell, facts, whole=len(samples) >= run.rounds_of(cell))
    reasons = failed or list(validity.reasons(samples, load=cell.load))
    found = bounds.limits(given(cell, cores=len(budget.stack_cpus), cpu_us_per_request=cost))
    return CellResult(
        cell=cell,
        rounds=len(samples),
        requests_per_second=waves.over(rates) if rates else None,
        latency_ms=latency,
        requests=sum(sample.result.requests for sample in samples),
        errors=validity.total_errors(samples),
        cpu_us_per_request=cost,
        cpu_cores=_cpu_cores(samples),
        memory_peak_mib=stats.by_part([sample.memory_mib for sample in samples]),
        startup_s=_startup_s(facts, weighed),
        image_mib=facts.image_mib if facts else None,
        bound=next(iter(found), None),
        limits=found,
        wall_s=_wall_s(cell, samples),
        spans=_middle_spans(samples),
        load_cpu_us_per_request=_load_cpu_us(samples),
        open_loop=open_loops.summarise(samples),
        backlog=backlogs.summarise(samples),
        footprint=weighed,
        valid=not reasons,
        invalid_reasons=tuple(reasons),
        notes=(*_notes(run, cell, samples, latency, told), *_cut(cell, rates), *_unsettled(run, cell)),
        use=uses.added_up(samples),
        core_speed=speed.pooled(sample.core_speed for sample in samples),
        at_least=validity.at_least(samples, load=cell.load, budget=budget, ceiling=run.generator_ceiling),
    )


def _rate(cell: Cell, sample: Sample) -> Estimate:
    """Of one round; in a loop over whole waves, where the handler sleeps."""
    result, plain = sample.result, sample.result.requests_per_second
    if not cell.delay_s or kind(cell.load).LITTLES_LAW == "silent":
        return Estimate(value=plain, low=plain, high=plain)
    missing = round(result.steady_s * 10) - len(result.steady_tenths)
    tenths = (*result.steady_tenths, *(0,) * missing)
    return waves.rate(tenths, delay_s=cell.delay_s, at_once=_at_once(cell))


def _unsettled(run: Run, cell: Cell) -> Iterator[str]:
    """That what counts began before throughput and cost stood still."""
    done = run.warmups.get(cell.key)
    if done and done.unsettled:
        yield (
            f"it had not settled after {setting_text(run.warmup_of(cell))} of warm-up, in {done.unsettled} of "
            f"{count_text(done.times, 'warm-up')}: its throughput or cost still changed from one second to the next"
        )


def _at_once(cell: Cell) -> int:
    return min(cell.load.connections, cell.slots or cell.load.connections)


def _cut(cell: Cell, rates: Sequence[Estimate]) -> Iterator[str]:
    if waves.is_unsure(rates):
        each = f"{count_text(_at_once(cell), 'request')} that sleep {setting_text(cell.delay_s)} at the same time"
        yield f"its rounds end within a wave of {each}: a longer -d makes its rate surer"


def _notes(
    run: Run, cell: Cell, samples: Sequence[Sample], latency: Latency | None, told: SpeedRange | None
) -> tuple[str, ...]:
    budget, restarts = run.budget_of(cell.table), run.restarts.get(cell.key, 0)
    return validity.notes(
        samples,
        load=cell.load,
        budget=budget,
        latency=latency,
        restarts=restarts,
        speed=told,
        ceiling=run.generator_ceiling,
    )


def _wall_s(cell: Cell, samples: Sequence[Sample]) -> Estimate | None:
    """Only of a burst: other loads last as long as they were told to."""
    walls = [sample.result.elapsed_s for sample in samples if kind(cell.load).SCORE == "wall"]
    return stats.estimate(walls) if walls else None


def _middle_spans(samples: Sequence[Sample]) -> tuple[Span, ...]:
    """Of the burst whose wall clock is the middle one: a real round to draw, neither lucky nor unlucky."""
    bursts = sorted((sample.result for sample in samples if sample.result.spans), key=lambda result: result.elapsed_s)
    return bursts[(len(bursts) - 1) // 2].spans if bursts else ()


def _failures(run: Run, cell: Cell, facts: DeploymentFacts | None, *, whole: bool) -> list[str]:
    """Why it was given up. Tables share deployments: one that failed for a later table spoils no whole cell."""
    found = [facts.failure] if facts and facts.failure and not whole else []
    return [*found, *([run.failures[cell.key]] if cell.key in run.failures else [])]


def _with_total(parts: Mapping[str, float]) -> dict[str, float]:
    return {"total": sum(parts.values()), **parts} if parts else {}


def _cpu_us_per_request(samples: Sequence[Sample]) -> dict[str, Estimate]:
    """Of the rounds in which anything was answered."""
    answered = [(sample.steady_cpu_s, sample.result.steady_requests) for sample in samples]
    return stats.by_part([_shared_out(cpu_s, n) for cpu_s, n in answered if n])


def _load_cpu_us(samples: Sequence[Sample]) -> Estimate | None:
    """Of the load itself; its clock is read over whole rounds, so all their answers share it."""
    answered = [(sample.load_cpu_s, sample.result.requests) for sample in samples]
    each = [spent / n * 1e6 if spent is not None else None for spent, n in answered if n]
    found = [one for one in each if one is not None]
    return stats.estimate(found) if found and len(found) == len(each) else None


def _shared_out(cpu_s: Mapping[str, float | None], requests: int) -> dict[str, float | None]:
    return {tier: spent / requests * 1e6 if spent is not None else None for tier, spent in cpu_s.items()}


def _cpu_cores(samples: Sequence[Sample]) -> dict[str, float]:
    if not samples:
        return {}
    steady_s = sum(sample.result.steady_s for sample in samples)
    spent = {tier: known.total(sample.steady_cpu_s[tier] for sample in samples) for tier in samples[0].steady_cpu_s}
    whole_s = sum(sample.result.elapsed_s for sample in samples)
    cores = _with_total({tier: cpu_s / steady_s for tier, cpu_s in known.whole(spent).items()})
    load_cpu_s = known.total(sample.load_cpu_s for sample in samples)
    return cores if load_cpu_s is None else {**cores, "load": load_cpu_s / whole_s}


def _startup_s(facts: DeploymentFacts | None, weighed: Footprint | None) -> Estimate | None:
    if weighed:
        return weighed.cold_start_s
    return stats.estimate([facts.startup_s]) if facts and facts.startup_s is not None else None


def given(cell: Cell, *, cores: int, cpu_us_per_request: Mapping[str, Estimate] | None = None) -> LimitFacts:
    """What the limits of a cell follow from: its load, its facts and, if it is known, what a request costs."""
    cost = {tier: spent.value for tier, spent in (cpu_us_per_request or {}).items()}
    return load.given(
        cell.load,
        delay_s=cell.delay_s,
        slots=cell.slots,
        processes=cell.processes,
        cores=cores,
        cpu_s=cost.get("total", 0.0) / 1e6,
        app_cpu_s=cost.get(APP_TIER, 0.0) / 1e6,
    )

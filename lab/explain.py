"""The story of one row in sentences made from its figures: what it can do at most, what it did, what comes next."""

from collections.abc import Iterator

from lab.bounds import time_text
from lab.catalog import Catalog
from lab.measure import summary
from lab.model import Bound, Cell, CellResult

NEAR_BOUND = 0.85
"""Measured over bound, from which on a row counts as limited by it."""


def story(catalog: Catalog, cell: Cell, *, cores: int, measured: CellResult | None) -> list[str]:
    """Sentences on one cell; without a measurement only what holds on any machine."""
    bound = measured.bound if measured else summary.ceiling(catalog, cell, cores=cores)
    return [
        *_question(catalog, cell),
        *_ceiling(bound),
        *(_measured(measured) if measured else _unmeasured()),
        *_note(cell),
    ]


def _question(catalog: Catalog, cell: Cell) -> Iterator[str]:
    stack, workload = catalog.stack(cell.deployment.stack), catalog.workloads[cell.workload]
    delay_s = catalog.delay_s(cell.deployment, workload)
    sleep = f", whose handler sleeps {time_text(delay_s)}," if delay_s else ""
    yield (
        f"{stack.title} ({cell.deployment.name}, {cell.deployment.pins} pins) is asked for {workload.method} "
        f"{workload.path}{sleep} by {cell.load.connections} connections in a closed loop: each waits for its answer "
        "before it asks again."
    )


_WHY = {
    "connections": "every connection has one request under way, so their number and the time of one request are the "
    "limit; only more connections or a shorter wait would give more",
    "slots": "no more requests than that are in service at once, the others wait in line; more connections only make "
    "the line longer, more workers or threads would move the limit",
    "cores": "each request takes that much CPU and there is no more of it; more cores or a cheaper request would move "
    "the limit",
}


def _ceiling(bound: Bound | None) -> Iterator[str]:
    if bound is None:
        yield "Nothing bounds it before its CPU cost is known: it does not wait, so the cores will be the limit."
        return
    yield f"It can answer at most {bound.requests_per_second:,.0f}/s ({bound.formula}): {_WHY[bound.name]}."


def _unmeasured() -> Iterator[str]:
    yield "It has not been measured in this run; the CPU may set a lower limit."


def _measured(result: CellResult) -> Iterator[str]:
    rate = result.requests_per_second
    if rate is None:
        yield f"It could not be measured: {'; '.join(result.invalid_reasons)}."
        return
    span = f" ({rate.low:,.0f}–{rate.high:,.0f})" if rate.low is not None and rate.high is not None else ""
    share = f", {rate.value / result.bound.requests_per_second:.0%} of that bound" if result.bound else ""
    yield f"Measured: {rate.value:,.0f}/s{span} over {result.rounds} rounds{share}."
    yield from _little(result, rate.value)
    yield from _cost(result)
    if result.published and result.published.requests_per_second:
        published = result.published.requests_per_second
        yield f"The source printed {published:,.0f}/s: measured is {rate.value / published:.2f} times that."
    for reason in result.invalid_reasons:
        yield f"Not to be ranked: {reason}."
    for note in result.notes:
        yield f"Note: {note}."


def _little(result: CellResult, rate: float) -> Iterator[str]:
    if result.latency_ms is None or not rate:
        return
    wait_s = result.load.connections / rate
    mean, p99 = (time_text(ms / 1000) for ms in (result.latency_ms.mean, result.latency_ms.p99))
    yield (
        f"By Little's law a connection gets its turn every {time_text(wait_s)} ({result.load.connections} ÷ "
        f"{rate:,.0f}/s); the answers that came took {mean} on average, p99 {p99}."
    )


def _cost(result: CellResult) -> Iterator[str]:
    tiers = {tier: us for tier, us in result.cpu_us_per_request.items() if tier != "total"}
    if tiers:
        parts = ", ".join(f"{tier} {time_text(us / 1e6)}" for tier, us in tiers.items())
        yield f"One request costs {time_text(result.cpu_us_per_request['total'] / 1e6)} of CPU ({parts})."


def _note(cell: Cell) -> Iterator[str]:
    if cell.note:
        yield f"About this row: {cell.note}"

"""The story of one row in sentences made from its figures: what it can do at most, what it did, what comes next."""

from collections.abc import Iterator
from dataclasses import replace

from lab.figures import bounds
from lab.figures.bounds import LimitFacts, waves
from lab.figures.numbers import (
    count_text,
    floor_text,
    interval_text,
    number_text,
    setting_text,
    time_span_text,
    time_text,
)
from lab.judge import source_of
from lab.judge.figures import AT_ITS_BOUND
from lab.load import kind
from lab.model import Bound, Cell, CellResult
from lab.results import printed, summary

NEXT_WORTH = 0.02
"""How much higher the next limit must be for lifting the first one to gain anything."""


def story(cell: Cell, *, cores: int, result: CellResult | None) -> list[str]:
    """Sentences on one cell; without a measurement only what holds on any machine."""
    cost = result.cpu_us_per_request if result else None
    given = summary.given(cell, cores=cores, cpu_us_per_request=cost)
    at_once = cell.at_once
    limits = result.limits if result else bounds.limits(given)
    source = source_of(cell)
    return [
        *_question(cell),
        *_service(given, at_once, unknown=cell.slots_unknown),
        *_ceiling(limits, given, at_once, unknown=cell.delay_unknown),
        *(_measured(result) if result else _unmeasured(limits)),
        *(_turn(result, given) if result else ()),
        *(
            [*printed.left_out(cell, source), *printed.verdict(result)]
            if result
            else printed.impossible(cell, source, given if at_once is None else replace(given, slots=None))
        ),
        *(_unknown_limit(result, given) or _next(limits, given)),
        *_note(cell),
    ]


def _question(cell: Cell) -> Iterator[str]:
    sleep = f", whose handler sleeps {setting_text(cell.delay_s)}," if cell.delay_s else ""
    yield (
        f"{cell.title} ({cell.deployment.name}, {cell.deployment.pins} pins) is asked for {cell.method} "
        f"{cell.path}{sleep} by {kind(cell.load).asked(cell.load)}."
    )


_UNKNOWN = (
    "How many requests it has in service at once is not known: its lab.yaml has no `slots` for this variant. `lab why` "
    "sees whether they are what gives way."
)


def _service(given: LimitFacts, at_once: int | None, *, unknown: bool) -> Iterator[str]:
    """Sentences on what goes side by side: requests in service, and requests being computed."""
    if at_once is not None and given.slots == at_once:
        yield (
            f"A lock lets {count_text(at_once, 'request')} of this workload work at once, whatever the stack: these are"
            " its slots, and the others wait in line."
        )
    elif given.slots is None and unknown:
        yield _UNKNOWN
    elif given.slots is None:
        yield "Nothing in it limits how many requests are in service at once."
    elif given.slots < given.connections:
        yield (
            f"It has {count_text(given.slots, 'slot')}: that many requests are in service at once, and the others "
            "wait in line."
        )
    else:
        yield f"It has {given.slots:,} slots, enough to have all {given.connections:,} in service at once."
    if given.processes is not None:
        yield _processes(given.processes, given.cores)
    if given.burst:
        yield _staircase(given)


def _processes(number: int, cores: int) -> str:
    runs = f"Its code runs in {count_text(number, 'process')}"
    if number > cores:
        return f"{runs}, which take turns on {count_text(cores, 'core')}."
    return f"{runs}, so it computes on {'one core' if number == 1 else f'up to {number} cores'} at a time."


def _staircase(given: LimitFacts) -> str:
    number = given.connections
    if given.delay_s:
        at_once, step = min(given.slots or number, number), f" of {setting_text(given.delay_s)}"
    else:
        at_once = min(given.slots or number, given.processes or given.cores, number)
        if at_once > given.cores:
            cores = count_text(given.cores, "core")
            return f"{at_once} at a time take turns on {cores}: more processes than cores gain nothing."
        step = f" of {time_text(given.cpu_s)} of CPU" if given.cpu_s else ""
    steps = waves(number, at_once)
    if steps == 1:
        return "All fit into one wave: with the first answers come the last."
    return f"{at_once} at a time, the {number} requests take {steps} waves{step}: a staircase of {steps} steps."


_WHY = {
    "offered": "no more is asked, whatever it could do; only a higher rate would tell more",
    "connections": "every connection has one request under way, so their number and the time of one request are the "
    "limit; only more connections or a shorter wait would give more",
    "slots": "no more requests than that are in service at once, the others wait in line; more connections only make "
    "the line longer, more workers or threads would move the limit",
    "cores": "each request takes that much CPU and there is no more of it; more cores or a cheaper request would move "
    "the limit",
}
_WHY_LOCKED = (
    "no more requests than that hold a lock at once, the others wait in line; only more locks, or less work under "
    "each, would move the limit"
)
_WHY_BURST = {
    "connections": "no request can be answered sooner, however many go side by side",
    "slots": "the last wave begins when those before it are over; more workers or threads would make fewer waves",
    "cores": "so much CPU must be spent before the last answer; more cores or a cheaper request would move the limit",
}


def _ceiling(
    limits: tuple[Bound, ...], given: LimitFacts, at_once: int | None, *, unknown: bool = False
) -> Iterator[str]:
    if not limits and unknown:
        yield "What bounds it is not known before it was measured: nobody has said how long its handler waits."
        return
    if not limits:
        yield "Nothing bounds it before its CPU cost is known: it does not wait, so what a request costs decides."
        return
    bound = limits[0]
    if given.burst:
        yield f"The last answer comes after {_most(bound, given)} at best ({bound.formula}): {_WHY_BURST[bound.name]}."
    else:
        why = _WHY_LOCKED if bound.name == "slots" and given.slots == at_once else _WHY[bound.name]
        yield f"It can answer at most {_most(bound, given)} ({bound.formula}): {why}."


def _most(bound: Bound, given: LimitFacts) -> str:
    """A limit in the unit of the load: a rate, or the wall clock of a burst."""
    if given.burst:
        return time_text(given.connections / bound.requests_per_second)
    return f"{number_text(bound.requests_per_second)}/s"


def _unmeasured(limits: tuple[Bound, ...]) -> Iterator[str]:
    yield "It has not been measured" + ("; the CPU may set a lower limit." if limits else ".")


def _measured(result: CellResult) -> Iterator[str]:
    rate = result.requests_per_second
    if rate is None:
        yield f"It could not be measured: {'; '.join(result.invalid_reasons)}."
        return
    yield f"Measured: {_figure(result)} over {count_text(result.rounds, 'round')}{_near(result)}."
    yield from _little(result, rate.value)
    yield from _cost(result)
    yield from printed.beside(result)
    for reason in result.invalid_reasons:
        yield f"Not to be ranked: {reason}."
    for note in result.notes:
        yield f"Note: {note}."


def _turn(result: CellResult, given: LimitFacts) -> Iterator[str]:
    """Where the time of a slot went that came near its bound and did not reach it."""
    rate = result.requests_per_second
    found = bounds.turn(given, requests_per_second=rate.value) if rate else None
    if result.bound is None or result.bound.name != "slots" or found is None or found.between_s <= 0:
        return
    yield (
        f"A slot took {time_text(found.whole_s)} from one request to the next: {setting_text(given.delay_s)} of sleep, "
        f"{time_text(given.app_cpu_s)} of CPU, and {time_text(found.between_s)} in which it did neither: it waited for "
        "a core or for the interpreter, or for its next request. Did all slots wake at once and compute one after the "
        f"other, it would be {number_text(found.in_step)}/s."
    )


def _near(result: CellResult) -> str:
    """How near to its bound; what cores allow follows from the measured CPU per request, so theirs is core use."""
    bound, share = result.bound, result.bound_share
    if bound is None or share is None:
        return ""
    return f", which kept {share:.0%} of those cores busy" if bound.name == "cores" else f", {share:.0%} of that bound"


def _figure(result: CellResult) -> str:
    if wall := result.wall_s:
        span = f" ({time_span_text(wall.low, wall.high)})" if wall.low and wall.high else ""
        return f"{time_text(wall.value)}{span}"
    rate = result.requests_per_second
    if rate is None:
        return "nothing"
    span = f" ({interval_text(rate)})" if rate.low is not None else ""
    return f"{_tail(result)}{floor_text(rate.value, at_least=result.at_least)}/s{span}"


def _tail(result: CellResult) -> str:
    """Of an open loop, what it is about: how long the slowest hundredth waited."""
    p99_ms = result.open_loop.p99_ms if result.open_loop else None
    if p99_ms is None:
        return ""
    span = f" ({time_span_text(p99_ms.low / 1000, p99_ms.high / 1000)})" if p99_ms.low and p99_ms.high else ""
    return f"a p99 latency of {time_text(p99_ms.value / 1000)}{span} at "


def _little(result: CellResult, rate: float) -> Iterator[str]:
    if result.latency_ms is None or not rate or kind(result.load).LITTLES_LAW == "silent":
        return
    wait_s = result.load.connections / rate
    mean, p99 = (time_text(ms / 1000) for ms in (result.latency_ms.mean, result.latency_ms.p99))
    yield (
        f"By Little's law a connection gets its turn every {time_text(wait_s)} ({result.load.connections:,} ÷ "
        f"{number_text(rate)}/s); the answers that came took {mean} on average, p99 {p99}."
    )


def _cost(result: CellResult) -> Iterator[str]:
    costs = {tier: time_text(us.value / 1e6) for tier, us in result.cpu_us_per_request.items()}
    total = costs.pop("total", None)
    if total:
        parts = ", ".join(f"{tier} {cost}" for tier, cost in costs.items())
        yield f"One request costs {total} of CPU ({parts})."


def _called(bound: Bound, given: LimitFacts) -> str:
    """A limit's name; in a burst the connections stand for a request that waits for no other."""
    return "the time of a single request" if given.burst and bound.name == "connections" else bound.name


def _next(limits: tuple[Bound, ...], given: LimitFacts) -> Iterator[str]:
    """Which limit would bind if the first were lifted, and what that would gain."""
    if not limits:
        return
    first, *others = limits
    gain = others[0].requests_per_second / first.requests_per_second if others else None
    if gain is None:
        yield "No second limit is known" + ("." if given.cpu_s else " before its CPU cost is.")
    elif gain - 1 < NEXT_WORTH:
        following = f"{_called(others[0], given)} would bind next, at {_most(others[0], given)}"
        yield f"Lifting that limit alone would gain nothing: {following}."
    else:
        yield (
            f"If that limit were lifted, {_called(others[0], given)} would bind next, at {_most(others[0], given)} "
            f"({others[0].formula}): {number_text(gain)} times {'faster' if given.burst else 'as much'}."
        )


def _unknown_limit(result: CellResult | None, given: LimitFacts) -> list[str]:
    """That it is none of the limits that are known; empty where it is one of them, or nothing was measured."""
    rate, share = (result.requests_per_second, result.bound_share) if result else (None, None)
    if result is None or result.bound is None or rate is None or given.burst or result.at_least:
        return []
    if not share or share >= AT_ITS_BOUND:
        return []
    told = (
        f"It is none of the limits that are known here: {number_text(rate.value)} of "
        f"{number_text(result.bound.requests_per_second)}/s is {share:.0%} of the lowest, so something else holds it: "
        f"`lab why {result.cell.deployment.name} --rate {max(round(1.5 * rate.value), 1)}` asks what."
    )
    if given.slots and given.slots < given.connections and not given.delay_s:
        each = time_text(given.slots / rate.value)
        told += f" Were each of its {count_text(given.slots, 'slot')} in use for {each} a request, it would be these."
    return [told]


def _note(cell: Cell) -> Iterator[str]:
    if cell.note:
        yield f"About this row: {cell.note}"

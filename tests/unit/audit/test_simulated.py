"""Rows whose truth is known: clean ones are left alone, guilty ones are found, and as what they are."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from lab.audit import audit, read
from lab.audit.audit import Audited
from tests.unit.audit.simulate import (
    Run,
    Services,
    as_bombardier,
    as_vegeta,
    as_wrk,
    chance,
    closed,
    corrected,
    opened,
    with_timeout,
)

CLEAN = 2_000
GUILTY = 60


def judged(printed: str) -> Audited:
    (row,) = audit(read(printed, where="simulated")).rows
    return row


def closed_run(number: int) -> tuple[Run, str]:
    """A sound closed loop of any shape: with a queue or without, even or not, and the tool that prints it."""
    source = chance(number)
    services = Services(source)
    connections = source.choice((2, 5, 10, 16, 25, 50))
    slots = source.choice((1, 2, connections // 2 or 1, connections, connections * 2))
    seconds = 10 ** source.uniform(-4, -0.5)
    tool = source.choice(("wrk", "bombardier"))
    kind = source.choice((services.varied, services.skewed, services.uneven))
    turns = source.uniform(12, 40) + 400 / connections
    turn_s = seconds * max(connections / slots, 1.0)
    run = closed(
        connections=connections,
        slots=slots,
        service=kind(seconds),
        duration_s=turns * turn_s,
        start_s=source.uniform(0, turn_s),
    )
    return run, tool


def test_at_most_one_in_a_hundred_clean_rows_is_accused() -> None:
    accused, shown = 0, 0
    for number in range(CLEAN):
        run, tool = closed_run(number)
        if tool == "wrk" and abs(corrected(run).mean_s / run.mean_s - 1) > 0.02:
            continue  # wrk's own mean is not that of the answers: guilty, and not of this test
        row = judged(as_wrk(run) if tool == "wrk" else as_bombardier(run))
        shown += 1
        accused += row.verdict != "clean"
    assert shown > CLEAN / 2
    assert accused <= shown / 100


def test_at_most_one_in_a_hundred_clean_open_loops_is_accused() -> None:
    accused = 0
    for number in range(GUILTY * 5):
        source = chance(number)
        services = Services(source)
        seconds = 10 ** source.uniform(-3.5, -2)
        kind = source.choice((services.constant, services.skewed, services.uneven))
        run = opened(rate=2 / seconds, slots=4, service=kind(seconds), duration_s=500 * seconds)
        accused += bool(judged(as_vegeta(run)).faults)
    assert accused <= GUILTY * 5 / 100


def late(source: random.Random) -> str:
    """Half or fewer of the answers come before the tool gives up."""
    slots = source.randint(1, 4)
    run = closed(connections=60, slots=slots, service=Services(source).constant(0.2), duration_s=60)
    return as_wrk(with_timeout(run, 2.0))


def refused(source: random.Random) -> str:
    there = source.randint(4, 40)
    run = closed(connections=there, slots=8, service=Services(source).skewed(0.01), duration_s=2)
    connections = there + source.randint(there // 4 + 1, 400)
    return as_bombardier_with(run, connections) if there % 2 else as_refused_wrk(run, connections)


def as_refused_wrk(run: Run, connections: int) -> str:
    errors = connections - run.connections
    return as_wrk(replace(run, connect_errors=errors)).replace(
        f" {run.connections} connections", f" {connections} connections"
    )


def as_bombardier_with(run: Run, connections: int) -> str:
    errors = connections - run.connections
    printed = as_bombardier(run).replace(f"using {run.connections} ", f"using {connections} ")
    return printed.replace("  Throughput", f"  Errors:\n    dial tcp 198.18.0.1:8080: refused - {errors}\n  Throughput")


def full_generator(source: random.Random) -> str:
    """One thread of the generator takes longer for a request than the server does for all of them."""
    gap_s = source.uniform(2e-6, 8e-6)
    run = closed(connections=50, slots=50, service=Services(source).constant(gap_s * 15), duration_s=0.02, gap_s=gap_s)
    return as_wrk(run, threads=1)


def throttled(source: random.Random) -> str:
    """A container with a quota stands still for most of each period."""
    period_s = 0.1
    services = Services(source)
    share = source.uniform(0.2, 0.5)
    service = services.throttled(source.uniform(2e-4, 4e-4), period_s=period_s, run_s=period_s * share)
    return as_wrk(closed(connections=20, slots=4, service=service, duration_s=1.5))


def cut_off(source: random.Random) -> str:
    """A queue so long that few clients get two turns before the load ends."""
    turns = source.uniform(1.2, 4)
    run = closed(connections=200, slots=4, service=Services(source).constant(0.1), duration_s=turns * 5.0)
    return as_bombardier(run)


def waves(source: random.Random) -> str:
    count, sleep_s = source.randint(3, 9), source.uniform(1.0, 1.9)
    run = closed(
        connections=source.randint(100, 300),
        slots=1000,
        service=lambda _now: sleep_s,
        duration_s=(count + source.uniform(0.45, 0.8)) * sleep_s,
    )
    return as_wrk(run)


def failing(source: random.Random) -> str:
    """A part of the requests is turned away at once, and that is quick."""
    share, seconds = source.uniform(0.05, 0.9), 0.02

    def service(_now: float) -> float:
        return 5e-5 if source.random() < share else seconds

    run = opened(rate=100, slots=400, service=service, duration_s=8)
    failed = sum(one < seconds for one in run.latencies_s)
    return as_vegeta(replace(run, failed=failed))


def overrun(source: random.Random) -> str:
    """A table shows the rate that was sent to servers that could not keep up."""
    rate = source.uniform(150, 400)
    run = opened(rate=rate, slots=1, service=Services(source).constant(0.01), duration_s=20)
    return (
        "| server | offered | requests/s | mean | p50 | p99 | duration |\n| --- | --- | --- | --- | --- | --- | --- |\n"
        f"| a | {rate:.0f} | {rate:.0f} | {run.mean_s:.2f}s | {run.percentile_s(50):.2f}s "
        f"| {run.percentile_s(99):.2f}s | 20s |\n"
    )


def mislabelled(source: random.Random) -> str:
    run = closed(connections=10, slots=5, service=Services(source).skewed(source.uniform(0.004, 0.2)), duration_s=10)
    mean = f"{run.mean_s * 1e3:.3f}ms"
    return (
        "| server | connections | requests/s | mean | p99 |\n| --- | --- | --- | --- | --- |\n"
        f"| a | 10 | {run.rate:.1f} | {mean} | {mean} |\n"
    )


def reconnecting(source: random.Random) -> str:
    """Every answer closes its connection, and the next one takes longer to open than the answer."""
    seconds, connect_s = 0.004, source.uniform(0.002, 0.02)
    turns = 10 / (seconds + connect_s)
    total = round(turns * 50)
    return (
        "server,connections,duration,rps,avg latency,requests,reconnects\n"
        f"a,50,10s,{total / 10:.0f},{seconds * 1e3:.2f}ms,{total},{total}\n"
    )


def silent(_source: random.Random) -> str:
    return as_wrk(Run(connections=100, duration_s=10, latencies_s=()))


@pytest.mark.parametrize(
    ("guilty", "cause"),
    [
        (late, "timeouts"),
        (refused, "connect"),
        (full_generator, "generator"),
        (throttled, "wrk-correction"),
        (cut_off, "unfinished"),
        (waves, "waves"),
        (failing, "failures"),
        (overrun, "offered"),
        (mislabelled, "percentiles"),
        (reconnecting, "reconnects"),
        (silent, "no-answer"),
    ],
)
def test_every_guilty_row_is_found_and_named_as_what_it_is(guilty: Callable[[random.Random], str], cause: str) -> None:
    found = [judged(guilty(chance(number))).causes for number in range(GUILTY)]
    assert found == [{cause}] * GUILTY

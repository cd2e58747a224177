"""Which question a row is asked first, and every row of the vm-4c4g table as a host with one core sees it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from lab.judge import Subject, judge, kind_of
from lab.model import CellResult, Open, Published, Ramp, Source, Verdict
from tests.unit.judge.judge_factories import (
    HEALTH,
    POOL,
    VM,
    VM_CONNECTIONS,
    around,
    make_load,
    make_subject,
    printed,
    verdict,
    verdicts,
)


def test_a_row_without_published_figures_has_no_verdict() -> None:
    assert verdicts(make_subject("row", None, (1, 2), cpu_us=10)) == {}


def test_a_rate_of_0_is_a_failure_with_the_connections_that_explain_it() -> None:
    printed_zero = Published(requests_per_second=0, mean_ms=1, connect_errors=11_770)
    found = verdict(printed_zero, around(40), cpu_us=10, load=make_load(40_000))
    assert found.name == "not comparable here"
    assert found.reason.startswith("11,770 of 40,000 connections failed, so there were 28,230, as many as Linux has")
    assert found.reason.endswith("a rate of 0 is a failure and no speed: nothing can be compared with it")


def test_what_the_printed_figures_mean_besides_is_told_after_the_comparison() -> None:
    waves = Published(requests_per_second=186.22, mean_ms=2010, max_ms=2030, total_requests=5600)
    source = Source(connections=400, workload="health", duration_s=30)
    found = verdict(waves, around(186), cpu_us=100, delay_s=2, load=make_load(400), source=source)
    assert found.name == "reproduced"
    assert "; besides, 5,600 answers are 14 waves of 400: in 30 s there is room for 14.9 waits" in found.reason


def test_the_rate_of_an_open_loop_was_asked_for_and_is_not_judged_but_its_mean_is() -> None:
    load = Open(rate=100, duration_s=6)
    assert kind_of(Published(requests_per_second=100), load) is None
    assert kind_of(Published(requests_per_second=100, mean_ms=5), load) == "mean_ms"
    assert kind_of(Published(requests_per_second=100, mean_ms=5), make_load()) == "requests_per_second"
    asked = make_subject("row", Published(requests_per_second=100), (100, 100), cpu_us=10, load=load)
    reason = "the rate of an open loop is what was asked for, and the source printed no mean"
    assert verdicts(asked) == {"row": Verdict(name="not comparable here", reason=reason)}


def test_an_impossible_mean_still_tells_that_the_rate_holds() -> None:
    found = verdict(printed("flask-gevent-unpatched"), around(9.9), slots=1, cpu_us=600, **HEALTH)
    assert found.name == "mean not of all clients"
    assert found.reason.startswith("9.85/s × 185 ms accounts for 1.83 of 2,000 connections (0.0913%): 322 answers")
    assert "; the rate itself is reproduced: 9.90/s (9.80–10.0) against 9.85/s, within 5% of it" in found.reason


def test_an_impossible_mean_also_tells_that_the_rate_does_not_hold() -> None:
    found = verdict(printed("flask-gevent-unpatched"), around(5), slots=1, cpu_us=600, **HEALTH)
    assert found.name == "mean not of all clients"
    assert "; the rate itself is not reproduced: 5.00/s (4.95–5.05) against 9.85/s, 49% less" in found.reason


def test_a_lock_of_the_labs_own_workload_bounds_what_is_measured_and_says_nothing_of_what_was_published() -> None:
    published = Published(requests_per_second=382, mean_ms=48)
    ordered = {
        "load": Ramp(connections=200, ramp_s=60, duration_s=10),
        "source": Source(connections=200, workload="health"),
        "delay_s": 0.08,
        "slots": 5,
    }
    found = verdict(published, around(62), cpu_us=2000, at_once=5, **ordered)
    assert found.name == "cannot be true"
    assert found.reason.startswith("a mean of 48.0 ms is shorter than the sleep of 80 ms; the rate itself")
    assert "the rate itself is not reproduced: 62.0/s" in found.reason
    assert "(5 slots / (80 ms + 2.00 ms))" in found.reason
    assert found.reason.endswith("locks of the lab's own workload, and how many the source had is not known")
    assert "on any machine" not in found.reason
    limits_of_the_stack = verdict(published, around(62), cpu_us=2000, **ordered)
    assert "more than 5 slots / 80 ms allows on any machine" in limits_of_the_stack.reason


def test_what_was_not_validly_measured_says_why_and_what_was_impossible_before() -> None:
    found = verdict(printed("flask-gevent-unpatched"), (), slots=1, **HEALTH)
    assert found.name == "not comparable here"
    assert found.reason.startswith(
        "nothing valid was measured: it has no sample; besides, mean not of all clients: 9.85/s"
    )


def test_another_workload_than_the_source_had_cannot_be_compared() -> None:
    source = Source(connections=2000, workload="ping")
    found = verdict(Published(requests_per_second=400), around(400), source=source, **POOL)
    assert found == Verdict(name="not comparable here", reason="this run asked for health, its source for ping")


def test_a_row_with_memory_alone_cannot_be_compared() -> None:
    found = verdicts(replace_valid(make_subject("row", Published(memory_mb=22), cpu_us=10)))["row"]
    assert found == Verdict(
        name="not comparable here", reason="the source printed neither rate nor mean nor wall clock"
    )


def replace_valid(subject: Subject) -> Subject:
    return replace(subject, result=replace(subject.result, valid=True, rounds=2))


MEASURED: Mapping[str, tuple[float, float, Mapping[str, Any]]] = {
    "flask-dev-nosleep": (1300, 680, {"processes": 1}),
    "flask-dev-sync": (1250, 700, {"processes": 1, "delay_s": 0.1}),
    "flask-dev-async": (600, 1500, {"processes": 1, "delay_s": 0.1}),
    "flask-gevent-unpatched": (9.9, 600, {"processes": 1, "delay_s": 0.1, "slots": 1}),
    "flask-gevent-late-patch": (9.9, 600, {"processes": 1, "delay_s": 0.1, "slots": 1}),
    "gunicorn-flask-gevent": (2880, 347, {"processes": 4, "delay_s": 0.1, "slots": 8000}),
    "go-nethttp": (17_800, 42.7, {"delay_s": 0.1}),
    "go-nethttp-c20000": (20_000, 48, {"delay_s": 0.1}),
    "uvicorn-fastapi-sync": (396, 367, {"processes": 1, "delay_s": 0.1, "slots": 40}),
    "uvicorn-fastapi-async": (6500, 150, {"processes": 1, "delay_s": 0.1}),
    "uvicorn-fastapi-async-4w": (6600, 150, {"processes": 4, "delay_s": 0.1}),
    "gunicorn-uvicorn-fastapi": (6680, 149, {"processes": 4, "delay_s": 0.1}),
    "sanic-fast": (9000, 105, {"processes": 4, "delay_s": 0.1}),
    "openresty": (19_400, 24.9, {"delay_s": 0.1}),
    "openresty-c25000": (38_000, 26, {"delay_s": 0.1}),
}
"""What a host with one core for the stack gives, about: requests per second, µs of CPU a request, the stack's facts."""
VERDICTS = {
    "flask-dev-nosleep": "mean not of all clients",
    "flask-dev-sync": "mean not of all clients",
    "flask-dev-async": "mean not of all clients",
    "flask-gevent-unpatched": "mean not of all clients",
    "flask-gevent-late-patch": "mean not of all clients",
    "gunicorn-flask-gevent": "differs",
    "go-nethttp": "not comparable here",
    "go-nethttp-c20000": "same order",
    "uvicorn-fastapi-sync": "mean not of all clients",
    "uvicorn-fastapi-async": "same order",
    "uvicorn-fastapi-async-4w": "differs",
    "gunicorn-uvicorn-fastapi": "differs",
    "sanic-fast": "not comparable here",
    "openresty": "reproduced",
    "openresty-c25000": "same order",
}


@pytest.fixture(scope="module")
def vm() -> dict[str, CellResult]:
    subjects = []
    for row, (rate, cpu_us, facts) in MEASURED.items():
        connections = VM_CONNECTIONS.get(row, 2000)
        load = make_load(min(connections, 19_800), published_connections=connections)
        source = Source(connections=connections, workload="health", duration_s=60)
        subjects.append(make_subject(row, printed(row), around(rate), cpu_us=cpu_us, load=load, source=source, **facts))
    cells, (order,), _ = judge(subjects)
    assert order.tau.value > 0.8
    return {one.cell.row: one for one in cells}


@pytest.mark.parametrize("row", VM)
def test_each_row_of_the_vm_table_gets_its_verdict(vm: dict[str, CellResult], row: str) -> None:
    found = vm[row].verdict
    assert found is not None
    assert found.name == VERDICTS[row]
    assert ("with 19,800 connections where the source had" in found.reason) == (row in VM_CONNECTIONS)


def test_a_rate_that_is_a_floor_is_compared_with_nothing() -> None:
    reason = "the load generator was the limit, so its rate is a floor"
    for rate in (50, 100, 200):
        found = verdict(Published(requests_per_second=100), around(rate), cpu_us=100, at_least=True)
        assert found == Verdict(name="not comparable here", reason=reason)

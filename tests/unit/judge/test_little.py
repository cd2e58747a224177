import re

import pytest
import yaml

from lab.audit import audit, read
from lab.judge import little
from lab.judge.little import Contradiction
from lab.model import Burst, Published, Ramp, Source
from tests.unit.judge.judge_factories import VM, VM_CONNECTIONS, make_load, printed

ACCOUNTED = {
    "flask-dev-nosleep": 150,
    "flask-dev-sync": 385,
    "flask-dev-async": 266,
    "flask-gevent-unpatched": 1.8,
    "flask-gevent-late-patch": 1.8,
    "uvicorn-fastapi-sync": 477,
}
"""The rows of vm-4c4g whose mean is not that of all clients, with the connections that N = X·R finds."""
FEW_TIMEOUTS = {"flask-dev-nosleep", "flask-dev-async"}
"""Rows whose time-outs explain less than half of what is missing."""
SLEEP = 0.1


def complaints(row: str, *, slots: int | None = None) -> tuple[Contradiction, ...]:
    connections = VM_CONNECTIONS.get(row, 2000)
    return little.contradictions(
        printed(row),
        load=make_load(connections),
        source=Source(connections=connections, workload="health", duration_s=60),
        delay_s=0 if row.endswith("nosleep") else SLEEP,
        slots=slots,
    )


@pytest.mark.parametrize("row", sorted(VM.keys() - ACCOUNTED.keys()))
def test_the_sound_rows_account_for_all_connections(row: str) -> None:
    assert complaints(row) == ()


@pytest.mark.parametrize("row", ACCOUNTED)
def test_rows_whose_mean_leaves_out_those_who_waited_are_found(row: str) -> None:
    first, *rest = complaints(row)
    share = re.search(r"accounts for ([\d.]+) of 2,000 connections", first.said)
    assert share
    assert float(share[1]) == pytest.approx(ACCOUNTED[row], rel=0.03)
    assert first.cause == "timeouts"
    assert first.saved
    assert f"{printed(row).timeouts:,} answers came after the tool's time-out" in first.said
    assert [(one.cause, one.saved) for one in rest] == ([("unaccounted", True)] if row in FEW_TIMEOUTS else [])


@pytest.mark.parametrize("row", sorted(VM))
def test_an_audit_of_the_same_figures_gives_the_same_reasons(row: str) -> None:
    connections = VM_CONNECTIONS.get(row, 2000)
    total, rate, mean_ms, timeouts = VM[row]
    table = {
        "title": "t",
        "load": {"tool": "wrk", "threads": 1, "connections": connections},
        "published_duration_s": 60,
        "rows": [
            {
                "id": row,
                "stack": "any",
                "published": {
                    "total_requests": total,
                    "requests_per_second": rate,
                    "mean_ms": mean_ms,
                    "timeouts": timeouts,
                },
            }
        ],
    }
    (found,) = audit(read(yaml.safe_dump(table, sort_keys=False), where="test")).rows
    assert [one.said for one in complaints(row)] == [one.text for one in found.faults]


def test_where_nobody_timed_out_no_reading_saves_a_mean_of_too_few() -> None:
    published = Published(requests_per_second=1000, mean_ms=20, timeouts=0)
    (found,) = little.contradictions(
        published, load=make_load(100), source=Source(connections=100, workload="health"), delay_s=0, slots=None
    )
    assert not found.saved
    assert found.cause == "unaccounted"
    assert "80.0 others (80.0%) are in none of its figures" in found.said


def test_what_no_reading_saves_weighs_more_than_a_mean_that_leaves_out_some() -> None:
    saved, lost = little.Contradiction(said="", saved=True), little.Contradiction(said="")
    assert little.name_of([saved]) == "mean not of all clients"
    assert little.name_of([saved, lost]) == little.name_of([lost]) == "cannot be true"


def test_the_famous_row_is_told_in_its_figures() -> None:
    (complaint,) = complaints("flask-gevent-unpatched", slots=1)
    assert complaint.said.startswith("9.85/s × 185 ms accounts for 1.83 of 2,000 connections (0.0913%): 322 answers")


def check(published: Published, *, connections: int = 100, delay_s: float = 0.0, **changes: object) -> str:
    given = {"load": make_load(connections), "slots": None, "duration_s": 0.0} | changes
    source = Source(connections=connections, workload="health", duration_s=given.pop("duration_s"))  # type: ignore[arg-type]
    found = little.contradictions(published, source=source, delay_s=delay_s, **given)  # type: ignore[arg-type]
    return "; ".join(one.said for one in found)


def test_more_connections_than_there_were_are_told() -> None:
    said = check(Published(requests_per_second=1000, mean_ms=120))
    assert "of 100 connections (120%), more than there were: wrk adds answers that never were" in said


def test_of_clients_who_came_one_after_the_other_there_can_only_be_too_many() -> None:
    ramp = Ramp(connections=100, ramp_s=60, duration_s=10)
    assert check(Published(requests_per_second=1000, mean_ms=20), load=ramp) == ""
    assert "more than there were" in check(Published(requests_per_second=1000, mean_ms=120), load=ramp)


@pytest.mark.parametrize("mean_ms", [91, 100, 109])
def test_ten_percent_of_the_connections_may_be_left_over(mean_ms: float) -> None:
    assert check(Published(requests_per_second=1000, mean_ms=mean_ms)) == ""


@pytest.mark.parametrize("published", [Published(requests_per_second=1000), Published(mean_ms=1), Published()])
def test_half_a_row_contradicts_nothing(published: Published) -> None:
    assert check(published) == ""


def test_a_single_connection_is_a_loop_of_one() -> None:
    assert check(Published(requests_per_second=11_700, mean_ms=0.085), connections=1) == ""
    assert "accounts for 0.500 of 1 connections (50.0%)" in check(
        Published(requests_per_second=10_000, mean_ms=0.05), connections=1
    )


def test_a_rate_above_what_the_sleep_allows_is_told() -> None:
    found = check(Published(requests_per_second=450), connections=2000, delay_s=SLEEP, slots=40)
    assert found == "450/s is 12% more than 40 slots / 100 ms allows on any machine"
    assert check(Published(requests_per_second=415), connections=2000, delay_s=SLEEP, slots=40) == ""


def test_a_mean_below_the_sleep_is_told() -> None:
    assert "a mean of 50.0 ms is shorter than the sleep of 100 ms" in check(Published(mean_ms=50), delay_s=SLEEP)


def test_a_burst_faster_than_its_waves_is_told() -> None:
    found = check(Published(wall_ms=20_000), connections=10, delay_s=5, slots=2, load=Burst(connections=10))
    assert found.startswith("20.0 s is less than the 25.0 s that the sleep alone takes (10 requests / (5 waves of 2 ")
    assert check(Published(wall_ms=25_000), connections=10, delay_s=5, slots=2, load=Burst(connections=10)) == ""


def test_a_burst_has_no_little_check() -> None:
    assert check(Published(requests_per_second=1, mean_ms=1), connections=10, load=Burst(connections=10)) == ""


def test_a_total_that_is_not_rate_times_duration_is_told() -> None:
    published = Published(requests_per_second=100, total_requests=3000)
    assert (
        check(published, duration_s=60)
        == "3,000 answers at 100/s take 30.0 s, and the load is said to have lasted 60 s"
    )
    assert check(published, duration_s=30) == ""
    assert check(published) == ""


def test_clients_who_could_not_connect_did_not_wait() -> None:
    said = check(
        Published(requests_per_second=53_322.42, mean_ms=4.5, connect_errors=4_759, timeouts=0), connections=5_000
    )
    assert "4,759 connections failed, so there were 241, just below the 256 files" in said
    assert "waited" not in said
    assert "timed out" not in said


def test_clients_who_could_not_connect_and_those_who_waited_too_long_are_both_told() -> None:
    said = check(
        Published(requests_per_second=1_311.14, mean_ms=832.93, connect_errors=11_770, timeouts=28_007),
        connections=40_000,
    )
    assert "so there were 28,230, as many as Linux has ephemeral ports" in said
    assert "28,007 answers came after the tool's time-out" in said


def test_a_full_generator_is_named_and_nobody_is_said_to_have_timed_out() -> None:
    published = Published(requests_per_second=388_073.54, mean_ms=0.13698, max_ms=2.59, timeouts=0, connect_errors=0)
    load, source = make_load(100, threads=2), Source(connections=100, workload="health", duration_s=10)
    (found,) = little.contradictions(published, load=load, source=source, delay_s=0, slots=None)
    assert (found.cause, found.saved) == ("generator", True)
    assert "The rate is that of the generator" in found.said
    assert "time-out" not in found.said
    assert little.rate_is_not_the_stacks(published, load=load, source=source)


def test_whole_waves_are_told_aside_and_contradict_nothing() -> None:
    published = Published(requests_per_second=186.22, mean_ms=2010, max_ms=2030, total_requests=5600)
    load, source = make_load(400), Source(connections=400, workload="health", duration_s=30)
    assert little.contradictions(published, load=load, source=source, delay_s=2, slots=None) == ()
    (said,) = little.aside(published, load=load, source=source)
    assert said.startswith("5,600 answers are 14 waves of 400")


def test_a_percentile_that_is_the_mean_cannot_be_true() -> None:
    published = Published(requests_per_second=1000, mean_ms=100.123, p99_ms=100.123)
    source = Source(connections=100, workload="health")
    (found,) = little.contradictions(published, load=make_load(100), source=source, delay_s=0, slots=None)
    assert (found.cause, found.saved) == ("percentiles", False)


PUBLIC = {
    "never-there": (
        5000,
        10,
        {"requests_per_second": 53_322.42, "mean_ms": 4.5, "connect_errors": 4759, "timeouts": 0},
    ),
    "full-generator": (
        100,
        2,
        {"requests_per_second": 388_073.54, "mean_ms": 0.13698, "max_ms": 2.59, "timeouts": 0, "connect_errors": 0},
    ),
    "both": (
        40_000,
        20,
        {"requests_per_second": 1311.14, "mean_ms": 832.93, "connect_errors": 11_770, "timeouts": 28_007},
    ),
    "clean": (1000, 4, {"requests_per_second": 38_342.07, "mean_ms": 27.13, "timeouts": 0, "connect_errors": 0}),
    "percentile": (100, 1, {"requests_per_second": 1000.0, "mean_ms": 100.123, "p99_ms": 100.123}),
    "disordered": (100, 1, {"requests_per_second": 1000.0, "mean_ms": 100.0, "p50_ms": 90.0, "p95_ms": 80.0}),
    "deviation": (100, 1, {"requests_per_second": 1000.0, "mean_ms": 100.0, "max_ms": 200.0, "stdev_ms": 900.0}),
}
"""Rows that others published, or of their kind: connections, threads, figures."""


@pytest.mark.parametrize("row", PUBLIC)
def test_a_rerun_and_an_audit_of_a_public_row_give_the_same_reasons(row: str) -> None:
    connections, threads, figures = PUBLIC[row]
    load = {"tool": "wrk", "threads": threads, "connections": connections}
    rows = [{"id": row, "stack": "any", "load": load, "published": figures}]
    text = yaml.safe_dump({"title": "t", "published_duration_s": 30, "rows": rows}, sort_keys=False)
    (found,) = audit(read(text, where="test")).rows
    judged = little.contradictions(
        Published(**figures),  # type: ignore[arg-type]
        load=make_load(connections, threads=threads),
        source=Source(connections=connections, workload="health", duration_s=30),
        delay_s=0,
        slots=None,
    )
    assert [one.said for one in judged] == [one.text for one in found.faults]
    assert bool(judged) == (row != "clean")

"""Rows that a sleep limits, through slots or connections, on a host with one core for a stack and on a larger one."""

from collections.abc import Mapping
from typing import Any

import pytest

from lab.model import Burst, Published, Source, Verdict
from tests.unit.judge.judge_factories import (
    FOUR,
    HEALTH,
    IO,
    POOL,
    around,
    make_load,
    printed,
    verdict,
)


def test_a_slot_bound_row_is_reproduced_on_any_machine() -> None:
    found = verdict(Published(requests_per_second=390.92), around(396), **POOL)
    assert found == Verdict(
        name="reproduced",
        reason="396/s (392–400) against 391/s, within 5% of it; slots set it, 40 slots / 100 ms = 400/s",
    )


def test_within_five_percent_of_theory_differs_if_the_source_was_lower() -> None:
    found = verdict(Published(requests_per_second=365), around(396), **POOL)
    assert found.name == "differs"
    assert "396/s (392–400) against 365/s, 8% more; slots allow the least here (40 slots" in found.reason
    assert "it came to 99% of that" in found.reason


@pytest.mark.parametrize("rounds", [(330, 350, 372), (391, 300, 420)])
def test_an_interval_that_reaches_into_the_band_and_far_beyond_tells_nothing(rounds: tuple[float, ...]) -> None:
    found = verdict(Published(requests_per_second=390.92), rounds, **POOL)
    assert found.name == "not comparable here"
    assert found.reason.startswith("too unsteady here: 3")


def test_an_interval_outside_the_band_differs() -> None:
    assert verdict(Published(requests_per_second=390.92), around(350), **POOL).name == "differs"


def test_a_slot_bound_row_that_came_to_less_differs_and_says_what_binds() -> None:
    found = verdict(Published(requests_per_second=390.92), around(300), **POOL)
    assert found.name == "differs"
    assert "300/s (297–303) against 391/s, 23% less; slots allow the least here (40 slots" in found.reason
    assert "it came to 75% of that" in found.reason


def test_published_at_its_bound_and_here_short_of_cores_is_scaled_away() -> None:
    found = verdict(printed("sanic-fast"), around(9000), processes=4, cpu_us=105, **HEALTH)
    assert found == Verdict(
        name="not comparable here",
        reason="scaled away: at 105 µs of CPU a request, 19,200/s would take 2.02 cores, and this run had 1 of 4; "
        "measured 9,000/s (8,910–9,090)",
    )


NEAR_BOTH: Mapping[str, Any] = {**HEALTH, "cpu_us": 42.7}


def test_short_of_its_bound_on_one_busy_core_of_four_is_not_comparable() -> None:
    """A core that is 76% busy makes requests wait, and nobody can tell by how much on four."""
    found = verdict(printed("go-nethttp"), around(17_800), **NEAR_BOTH)
    assert found == Verdict(
        name="not comparable here",
        reason="scaled away: 17,800/s (17,600–18,000) against 19,600/s, 9% less; a connection got its turn every "
        "112 ms, where sleep and CPU alone take 100 ms, with 0.760 of 1 core in use and 4 wished for: what it lacks "
        "cannot be told from waiting for a core",
    )


@pytest.mark.parametrize(
    ("rate", "changes"),
    [
        (17_800, {"budget": FOUR}),
        (17_800, {"processes": 1}),
        (17_800, {"cpu_us": 20}),
        (22_000, {}),
    ],
    ids=["all cores were there", "one process uses no more cores", "the core was idle", "it came to more"],
)
def test_cores_excuse_only_a_row_that_lacked_them(rate: float, changes: Mapping[str, Any]) -> None:
    found = verdict(printed("go-nethttp"), around(rate), **{**NEAR_BOTH, **changes})
    assert found.name == "differs"
    assert "connections allow the least here" in found.reason


def test_short_of_cores_though_it_had_all_that_were_wished_differs() -> None:
    found = verdict(printed("sanic-fast"), around(9000), processes=4, cpu_us=420, **{**HEALTH, "budget": FOUR})
    assert found.name == "differs"
    assert "the source's limit was its wait, here the CPU binds" in found.reason


def test_one_process_is_not_scaled_away_by_fewer_cores() -> None:
    found = verdict(printed("sanic-fast"), around(9000), processes=1, cpu_us=105, **HEALTH)
    assert found.name == "differs"


def test_fewer_connections_than_published_are_scaled_away_where_they_bind() -> None:
    load = make_load(5000, published_connections=20_000)
    found = verdict(Published(requests_per_second=190_000), around(49_000), load=load, cpu_us=5, **HEALTH)
    assert found.name == "not comparable here"
    assert "5,000 of 20,000 connections, which allow 50,000/s at most instead of 200,000/s" in found.reason


def test_more_at_once_than_published_is_another_load() -> None:
    source = Source(connections=10, workload="health", duration_s=0)
    changes = {**IO, "load": Burst(connections=20)}
    found = verdict(Published(wall_ms=25_000), around(50_000), slots=2, source=source, **changes)
    assert found.name == "not comparable here"
    assert found.reason.startswith(
        "20 requests under way at once, not 10, which take 50.0 s at least instead of 25.0 s"
    )


def test_connections_beyond_the_slots_may_be_scaled_away_without_harm() -> None:
    load = make_load(500, published_connections=2000)
    found = verdict(Published(requests_per_second=390.92), around(396), load=load, **POOL)
    assert found.name == "reproduced"


def test_a_source_whose_machine_was_the_limit_differs_from_one_that_reaches_the_bound() -> None:
    found = verdict(printed("gunicorn-flask-gevent"), around(19_500), cpu_us=40, **{**HEALTH, "budget": FOUR})
    assert found.name == "differs"
    assert "the source came to 79% of what its load allows, so its machine was the limit" in found.reason


@pytest.mark.parametrize(
    ("slots", "published_ms", "wall_ms", "theory"),
    [
        (1, 50_000, 50_060, "slots set it, 50.0 s at best (10 requests / (10 waves of 1 slot × 5 s))"),
        (2, 25_000, 25_040, "slots set it, 25.0 s at best (10 requests / (5 waves of 2 slots × 5 s))"),
        (None, 5000, 5030, "the sleep of one request set it, 5.00 s at best"),
        (1000, 5000, 5030, "the sleep of one request set it, 5.00 s at best"),
    ],
)
def test_bursts_that_sleep_are_reproduced_by_their_waves(
    slots: int | None, published_ms: float, wall_ms: float, theory: str
) -> None:
    found = verdict(Published(wall_ms=published_ms), around(wall_ms), slots=slots, **IO)
    assert found.name == "reproduced"
    assert theory in found.reason


def test_a_burst_of_one_wave_too_many_differs() -> None:
    found = verdict(Published(wall_ms=25_000), around(30_000), slots=2, **IO)
    assert found.name == "differs"
    assert "30.0 s (29.7 s–30.3 s) against 25.0 s, 20% more" in found.reason

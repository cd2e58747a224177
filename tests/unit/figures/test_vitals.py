from dataclasses import replace
from typing import Any

import pytest

from lab.figures import vitals
from lab.model.vitals import OwnWord, StackReading, TierReading, TierVitals

MIB = 2**20


def tier(**changes: Any) -> TierReading:
    given: dict[str, Any] = {
        "cpu_ns": 1_000_000_000,
        "memory_bytes": 100 * MIB,
        "limit_bytes": 400 * MIB,
        "at_the_door": 3,
        "connections": 7,
        "told": OwnWord(requests=100, errors=10, pool_wait_s=1),
    }
    return TierReading(**given | changes)


def seen(before: TierReading | None, now: TierReading, *, seconds: float = 2) -> TierVitals:
    first = StackReading(tiers={} if before is None else {"app": replace(before, at_s=10)})
    (found,) = vitals.between(first, StackReading(tiers={"app": replace(now, at_s=10 + seconds)}))
    return found


def test_counters_become_rates_and_the_rest_is_as_it_is_now() -> None:
    told = OwnWord(requests=150, errors=11, pool_wait_s=1)
    found = seen(tier(), tier(cpu_ns=2_500_000_000, at_the_door=4, told=told))
    assert found == TierVitals(
        tier="app",
        state="running",
        cpu_cores=0.75,
        memory_mib=100,
        limit_mib=400,
        requests_per_s=25,
        errors_per_s=0.5,
        waiting=4,
        connections=7,
        notes=(),
    )


def test_seconds_of_waiting_in_a_second_are_how_many_wait() -> None:
    found = seen(tier(), tier(told=OwnWord(pool_wait_s=7)))
    assert found.waiting == 3 + 3
    assert found.notes == ("3.0 wait for a database connection",)


def test_a_queue_waits_too_and_says_how_old_it_is() -> None:
    found = seen(tier(), tier(told=OwnWord(queued=12, queued_for_s=3.46)))
    assert (found.waiting, found.notes) == (15, ("12 orders queued, the oldest for 3.5 s",))


def test_a_store_that_is_not_asked_is_named() -> None:
    assert seen(tier(), tier(told=OwnWord(silent=("cache", "redis")))).notes == ("cache is silent", "redis is silent")


def test_what_is_not_told_is_unknown_and_not_0() -> None:
    found = seen(tier(), TierReading())
    assert (found.cpu_cores, found.memory_mib, found.limit_mib) == (None, None, None)
    assert (found.requests_per_s, found.errors_per_s, found.waiting, found.connections) == (None, None, None, None)


@pytest.mark.parametrize("before", [None, tier(cpu_ns=9_000_000_000, told=OwnWord(requests=900))])
def test_a_tier_that_began_anew_has_no_rate_and_is_there(before: TierReading | None) -> None:
    found = seen(before, tier())
    assert (found.cpu_cores, found.requests_per_s, found.memory_mib) == (None, None, 100)


def test_two_readings_at_one_moment_have_no_rate() -> None:
    assert seen(tier(), tier(), seconds=0).cpu_cores is None


def test_a_tier_that_does_not_run_says_so_and_is_in_no_total() -> None:
    dead = seen(tier(), TierReading(state="exited"))
    alive = seen(tier(), tier(cpu_ns=2_000_000_000))
    assert dead.notes == ("exited",)
    assert vitals.total((dead, alive)) == (0.5, 100)
    assert vitals.total((alive, replace(alive, cpu_cores=None))) == (None, 200)


def test_each_tier_is_divided_by_the_time_between_its_own_readings() -> None:
    asked = {"app": tier(at_s=10, told=OwnWord(requests=0)), "nginx": tier(at_s=11, told=OwnWord(requests=0))}
    again = {"app": tier(at_s=14, told=OwnWord(requests=160)), "nginx": tier(at_s=14, told=OwnWord(requests=120))}
    found = vitals.between(StackReading(tiers=asked), StackReading(tiers=again))
    assert [one.requests_per_s for one in found] == [40, 40]

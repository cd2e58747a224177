from dataclasses import replace
from typing import Any

from lab.figures import stats
from lab.model import DeploymentFacts, FootprintSample, Sample
from lab.results import footprint_summary
from tests.unit.unit_factories import make_deployment, make_sample

FACTS = DeploymentFacts(
    deployment=make_deployment(),
    startup_s=1.5,
    image_mib=200.0,
    images={},
    versions={},
    unique_mib=80.0,
    config_lines=42,
)


def weighed(number: int, **changes: Any) -> Sample:
    given: dict[str, Any] = {
        "cold_start_s": 2.0,
        "warm_start_s": 1.0,
        "idle_mib": {"proxy": 5.0, "app": 50.0},
        "processes": {"proxy": 2, "app": 5},
        "rebuild_s": 0.5,
        "cache_dropped": True,
    }
    return replace(make_sample(number), footprint=FootprintSample(**given | changes))


def test_rounds_that_weighed_nothing_have_no_footprint() -> None:
    assert footprint_summary.summarise([], FACTS) is None
    assert footprint_summary.summarise([make_sample()], FACTS) is None


def test_times_and_memory_are_means_with_an_interval_over_rounds() -> None:
    rounds = [weighed(0), weighed(1, cold_start_s=4.0, idle_mib={"proxy": 7.0, "app": 60.0})]
    found = footprint_summary.summarise(rounds, FACTS)
    assert found is not None
    assert found.cold_start_s == stats.estimate([2.0, 4.0])
    assert (found.warm_start_s.value, found.rebuild_s.value) == (1.0, 0.5)
    assert found.idle_mib == {
        "total": stats.estimate([55.0, 67.0]),
        "proxy": stats.estimate([5.0, 7.0]),
        "app": stats.estimate([50.0, 60.0]),
    }
    assert {tier: estimate.value for tier, estimate in found.peak_mib.items()} == {
        "total": 110.0,
        "proxy": 10.0,
        "app": 100.0,
    }


def test_one_round_has_no_interval() -> None:
    found = footprint_summary.summarise([weighed(0)], FACTS)
    assert found is not None
    assert (found.cold_start_s.low, found.idle_mib["total"].low) == (None, None)


def test_a_health_check_that_was_caught_in_one_round_is_not_counted() -> None:
    rounds = [weighed(0), weighed(1, processes={"proxy": 2, "app": 6}), weighed(2)]
    found = footprint_summary.summarise(rounds, FACTS)
    assert found is not None
    assert found.processes == {"total": 7, "proxy": 2, "app": 5}


def test_processes_that_could_not_be_counted_are_not_zero() -> None:
    found = footprint_summary.summarise([weighed(0, processes={})], FACTS)
    assert found is not None
    assert found.processes == {}


def test_a_round_that_could_not_count_every_service_is_left_out() -> None:
    found = footprint_summary.summarise([weighed(0), weighed(1, processes={"proxy": 2})], FACTS)
    assert found is not None
    assert found.processes == {"total": 7, "proxy": 2, "app": 5}


def test_what_does_not_change_comes_from_the_facts_if_there_are_any() -> None:
    found = footprint_summary.summarise([weighed(0)], FACTS)
    assert found is not None
    assert (found.containers, found.image_mib, found.unique_mib, found.config_lines) == (2, 200.0, 80.0, 42)
    without = footprint_summary.summarise([weighed(0)], None)
    assert without is not None
    assert (without.containers, without.image_mib, without.unique_mib, without.config_lines) == (2, None, None, None)


def test_a_start_is_cold_only_if_every_round_could_drop_the_cache() -> None:
    both = footprint_summary.summarise([weighed(0), weighed(1)], FACTS)
    one = footprint_summary.summarise([weighed(0), weighed(1, cache_dropped=False)], FACTS)
    assert both is not None
    assert one is not None
    assert (both.cache_dropped, one.cache_dropped) == (True, False)

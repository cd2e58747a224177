from types import SimpleNamespace
from typing import Any, cast

from docker.errors import NotFound
from docker.models.containers import Container

from lab.measure.evidence import engine

RUNS = {"Running": True, "OOMKilled": False}
STATS = {
    "cpu_stats": {"cpu_usage": {"total_usage": 2_500_000_000}, "throttling_data": {"throttled_time": 500_000_000}},
    "memory_stats": {"usage": 30 * 2**20, "limit": 64 * 2**20, "stats": {"total_inactive_file": 10 * 2**20}},
}


def test_the_engines_words_become_seconds_and_mebibytes() -> None:
    told = engine.told(RUNS, STATS)
    assert (told.cpu_s, told.throttled_s, told.memory_mib, told.limit_mib) == (2.5, 0.5, 20.0, 64.0)
    assert (told.running, told.killed_for_memory) == (True, False)


def test_what_the_engine_does_not_tell_is_unknown() -> None:
    told = engine.told(RUNS, {})
    assert (told.cpu_s, told.throttled_s, told.memory_mib, told.limit_mib) == (None, None, None, None)


def test_a_container_that_has_ended_has_no_figures_but_why_it_ended() -> None:
    told = engine.told({"Running": False, "OOMKilled": True}, STATS)
    assert (told.running, told.killed_for_memory, told.cpu_s) == (False, True, None)


def test_a_container_that_is_gone_has_ended() -> None:
    def gone() -> None:
        raise NotFound("no such container")

    container: Any = SimpleNamespace(reload=gone)
    assert not engine.ask(cast(Container, container)).running


def test_a_container_is_asked_for_its_state_and_its_figures() -> None:
    container: Any = SimpleNamespace(reload=lambda: None, attrs={"State": RUNS}, stats=lambda **_: STATS)
    assert engine.ask(cast(Container, container)).cpu_s == 2.5

from dataclasses import replace
from typing import get_args

import pytest

from lab import load as loads
from lab.figures.bounds import LimitFacts
from lab.load import KINDS
from lab.model import Burst, Closed, Load, Open, Ramp, Scripted, Visits
from tests.unit.unit_factories import make_load

RAMP = Ramp(connections=200, ramp_s=60, duration_s=20)
VISITS = Visits(connections=50, ramp_s=5, duration_s=20, think_s=2, processes=1)
BURST = Burst(connections=10)
OPEN = Open(rate=2000, connections=64, duration_s=6)
SCRIPTED = Scripted(tool="locust", connections=10, threads=1, duration_s=6, script="a.py", sha256="0")
EACH: tuple[Load, ...] = (make_load(), RAMP, VISITS, BURST, OPEN, SCRIPTED)


def test_every_kind_of_record_has_its_module_and_every_module_its_record() -> None:
    union, *_ = get_args(Load)
    assert {record.__dataclass_fields__["kind"].default for record in get_args(union)} == set(KINDS)
    assert {load.kind for load in EACH} == set(KINDS)


@pytest.mark.parametrize("load", EACH, ids=lambda load: load.kind)
def test_every_kind_has_words_for_a_table_and_for_a_story(load: Load) -> None:
    words = loads.kind(load).words(load, workload="ping", count=lambda noun: f"7 {noun}s")
    assert words.startswith("ping")
    assert " 7 " in words
    assert str(load.connections) in loads.kind(load).asked(load)


@pytest.mark.parametrize(
    ("load", "offered_s"),
    [(make_load(duration_s=3), 3), (RAMP, 80), (VISITS, 25), (BURST, None), (OPEN, 6), (SCRIPTED, 6)],
    ids=str,
)
def test_a_kind_knows_for_how_long_it_is_offered(load: Load, offered_s: float | None) -> None:
    assert loads.kind(load).offered_s(load) == offered_s


@pytest.mark.parametrize("load", EACH, ids=lambda load: load.kind)
def test_the_limits_of_a_load_follow_from_its_connections_or_from_those_of_its_source(load: Load) -> None:
    assert loads.given(load, delay_s=1.0).connections == load.connections
    assert loads.given(load, connections=7, delay_s=1.0).connections == 7


def test_a_burst_goes_in_waves_and_users_pause() -> None:
    assert loads.given(BURST, delay_s=0.0) == LimitFacts(connections=10, delay_s=0.0, burst=True)
    assert loads.given(VISITS, delay_s=0.0) == LimitFacts(connections=50, delay_s=0.0, think_s=2)


def test_of_an_open_loop_no_more_is_answered_than_is_asked() -> None:
    assert loads.given(OPEN, delay_s=0.0) == LimitFacts(connections=64, delay_s=0.0, rate=2000)


def test_a_load_takes_the_wishes_that_it_has_a_place_for() -> None:
    assert loads.changed(BURST, connections=4, threads=2, duration_s=5) == Burst(connections=4)
    assert loads.changed(RAMP, connections=4, threads=2, duration_s=5) == replace(RAMP, connections=4, duration_s=5)
    assert loads.changed(make_load(), connections=None, threads=3) == make_load(threads=3)


def test_threads_never_outnumber_connections() -> None:
    assert loads.changed(make_load(threads=8), connections=3) == Closed(connections=3, threads=3, duration_s=10)


@pytest.mark.parametrize(
    ("nofile", "wished", "given", "remembered"),
    [(20_000, 20_000, 19_800, 20_000), (20_000, 19_800, 19_800, None), (1 << 20, 20_000, 20_000, None)],
)
def test_connections_fit_the_hosts_limit_and_remember_the_wish(
    nofile: int, wished: int, given: int, remembered: int | None
) -> None:
    load = loads.fit(make_load(connections=wished), nofile=nofile)
    assert (load.connections, load.published_connections) == (given, remembered)


@pytest.mark.parametrize(
    ("nofile", "given", "remembered"), [(64, 1, 100), (256, 1, 100), (300, 100, None), (loads.UNKNOWN, 100, None)]
)
def test_some_connection_is_left_however_low_the_limit_and_all_if_it_is_not_known(
    nofile: int, given: int, remembered: int | None
) -> None:
    load = loads.fit(make_load(connections=100), nofile=nofile)
    assert (load.connections, load.published_connections) == (given, remembered)

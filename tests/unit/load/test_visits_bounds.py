import pytest

from lab.figures import bounds
from lab.figures.bounds import LimitFacts
from lab.load import histogram, visits
from lab.results import validity
from tests.unit.unit_factories import make_budget, make_sample

LOAD = visits.load(users=50, users_per_s=10, counted_s=20, processes=1)


def test_users_who_pause_ask_for_no_more_than_their_pauses_allow() -> None:
    found = bounds.ceiling(LimitFacts(connections=50, delay_s=0, think_s=2))
    assert found is not None
    assert (found.name, found.requests_per_second, found.formula) == ("connections", 25, "50 connections / 2 s")


def test_a_wait_in_the_handler_comes_on_top_of_the_pause() -> None:
    found = bounds.ceiling(LimitFacts(connections=50, delay_s=0.5, think_s=2))
    assert found is not None
    assert found.requests_per_second == pytest.approx(20)


def test_nobody_wonders_why_users_who_pause_are_seldom_under_way() -> None:
    samples = [make_sample(number) for number in range(3)]
    latency = histogram.latency(sample.result.histogram for sample in samples)
    assert validity.notes(samples, load=LOAD, budget=make_budget(), latency=latency) == ()

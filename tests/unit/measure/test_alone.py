import time
from dataclasses import replace
from typing import Any

import pytest

from lab.measure import alone, verify
from lab.model import Workload
from tests.unit.unit_factories import make_workload

SECONDS = {"/quick": 0.01, "/slow": 0.5}


class Clock:
    """A clock that only answers move."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    def monotonic(self) -> float:
        return self.now_s

    def ask(self, _url: str, workload: Workload, **_: Any) -> None:
        (request,) = workload.requests
        self.asked.append((request.path, workload.tokens))
        self.now_s += SECONDS[request.path]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock.monotonic)
    monkeypatch.setattr(verify, "ask", clock.ask)
    return clock


def mix(*paths: str, turns: tuple[int, ...] = (), tokens: tuple[str, ...] = ()) -> Workload:
    one = make_workload()
    requests = tuple(replace(one.requests[0], path=path) for path in paths)
    return replace(one, requests=requests, turns=turns, tokens=tokens)


def test_the_time_alone_is_that_of_the_mix_and_not_of_its_first_request(clock: Clock) -> None:
    found = alone.measured("http://127.0.0.1:1", mix("/quick", "/slow"))
    assert found.mean_s == pytest.approx(0.255)
    assert found.slowest_s == pytest.approx(0.5)


def test_a_request_that_comes_more_often_counts_more_often(clock: Clock) -> None:
    found = alone.measured("http://127.0.0.1:1", mix("/quick", "/slow", turns=(0, 0, 0, 1)))
    assert found.mean_s == pytest.approx((3 * 0.01 + 0.5) / 4)


def test_each_request_is_asked_some_times_with_the_token_whose_turn_it_is(clock: Clock) -> None:
    alone.measured("http://127.0.0.1:1", mix("/quick", "/quick", tokens=("one", "two")))
    assert clock.asked == [("/quick", ("one",)), ("/quick", ("two",))] * alone.ROUNDS


@pytest.mark.parametrize(
    ("spans", "usual"),
    [((0.02, 0.02, 2.0, 0.02, 0.02, 2.0, 0.02), 0.5857), ((0.02, 0.02, 0.3, 0.02, 0.02, 0.02, 0.02), 0.02)],
    ids=["every third is slow", "one stall"],
)
def test_a_request_that_is_slow_now_and_then_counts_with_its_mean_and_a_stall_does_not(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, spans: tuple[float, ...], usual: float
) -> None:
    taken = iter(spans)

    def ask(*_: Any, **__: Any) -> None:
        clock.now_s += next(taken)

    monkeypatch.setattr(verify, "ask", ask)
    monkeypatch.setattr(alone, "ENOUGH_S", 60)
    assert alone.measured("http://127.0.0.1:1", mix("/quick")).mean_s == pytest.approx(usual, rel=0.01)


def test_a_mix_that_takes_long_is_asked_once(clock: Clock) -> None:
    alone.measured("http://127.0.0.1:1", mix(*["/slow"] * 7))
    assert len(clock.asked) == 7

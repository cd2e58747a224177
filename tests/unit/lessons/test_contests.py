import pytest

from lab.errors import Inconclusive
from lab.lessons import asking, contests, probes
from lab.measure import inside
from tests.unit.lessons.lesson_factories import make_place
from tests.unit.unit_project import Answering

ASK = {"path": "/health"}


def test_a_ratio_has_an_interval_and_says_what_it_was_made_of() -> None:
    seen = contests.ratio([(2.0, 1.0), (2.2, 1.1), (1.9, 1.0), (2.1, 1.0)])
    assert seen.low is not None
    assert seen.high is not None
    assert seen.low < 2.0 < seen.high
    assert seen.detail == "8.200 s against 4.100 s"


def test_what_used_nothing_cannot_be_judged() -> None:
    with pytest.raises(Inconclusive, match="too little"):
        contests.ratio([(0.0, 1.0), (1.0, 1.0), (1.0, 1.0)])


def test_who_is_first_changes_with_each_turn(server: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    clocks = {"one": 0.0, "other": 0.0}

    def cpu_s(project: str, _services: tuple[str, ...]) -> float:
        read.append(project)
        clocks[project] += 2.0 if project == "one" else 1.0
        return clocks[project]

    monkeypatch.setattr(inside, "cpu_s", cpu_s)
    raw = {"kind": "cost", "stack": "a", "beside": "b", "ask": ASK, "requests": 2, "rounds": 4}
    place, beside = make_place(server.url, project="one"), make_place(server.url, project="other")
    turns = list(contests.cost(probes.Cost.model_validate(raw), place, beside))
    assert turns == [(2.0, 1.0)] * 4
    assert read[::2] == ["one", "other", "other", "one"] * 2
    assert len(server.received) == 16


def test_two_services_of_one_stack_are_each_read_for_themselves(
    server: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: dict[tuple[str, ...], float] = {("nginx",): 0.0, ("app",): 0.0}

    def cpu_s(_project: str, services: tuple[str, ...]) -> float:
        used[services] += 1.0 if services == ("nginx",) else 4.0
        return used[services]

    monkeypatch.setattr(inside, "cpu_s", cpu_s)
    raw = {"kind": "cost", "stack": "a", "services": ["nginx"], "beside": "a", "beside_services": ["app"]}
    probe = probes.Cost.model_validate({**raw, "ask": ASK, "requests": 2, "rounds": 4})
    place = make_place(server.url)
    assert list(contests.cost(probe, place, place)) == [(1.0, 4.0)] * 4


def test_the_pace_of_two_is_measured_in_turns(server: Answering) -> None:
    raw = {"kind": "pace", "stack": "a", "beside": "b", "ask": ASK, "requests": 3, "rounds": 3}
    place = make_place(server.url)
    turns = list(contests.pace(probes.Pace.model_validate(raw), place, place))
    assert len(turns) == 3
    assert all(one > 0 and other > 0 for one, other in turns)
    assert len(server.received) == 18


def test_a_start_is_measured_from_the_restart_to_the_first_answer(
    server: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr(inside, "stop", lambda project: done.append(f"stop {project}"))
    monkeypatch.setattr(inside, "start", lambda project: done.append(f"start {project}"))
    raw = {"kind": "startup", "stack": "a", "beside": "b", "ask": ASK, "rounds": 3}
    place = make_place(server.url, project="one")
    assert all(one > 0 for one, _ in contests.startup(probes.Startup.model_validate(raw), place, place))
    assert done == ["stop one", "start one"] * 6


def test_waves_are_the_shortest_of_each_and_one_slow_turn_leaves_a_wide_interval(
    server: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = {1: iter([0.6, 0.1, 0.1]), 4: iter([0.4, 0.5])}
    reply = asking.Reply(status=200, headers={}, body="", seconds=0)
    monkeypatch.setattr(asking, "together", lambda _url, _ask, *, at_once: (next(turns[at_once]), [reply]))
    probe = probes.Waves.model_validate({"kind": "waves", "stack": "a", "ask": ASK, "at_once": 4, "repeats": 2})
    seen = contests.waves(probe, make_place(server.url))
    assert (seen.value, seen.low, seen.high) == pytest.approx((4.0, 0.4 / 0.6, 5.0))
    assert seen.detail == "4 at once took 0.40 to 0.50 s, one alone 0.10 to 0.60 s"

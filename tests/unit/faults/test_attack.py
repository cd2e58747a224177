from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from lab.errors import LabError
from lab.faults import attack
from lab.faults.attack import BreakTask
from lab.faults.fault import Chosen, Fault
from lab.faults.kinds import FAULTS
from lab.faults.record import BreakPlan
from lab.load.pace import Ended
from lab.measure.rig import Rig
from tests.unit.faults.faults_fakes import make_ended, make_mix, make_site
from tests.unit.unit_factories import make_deployment

MIX = make_mix()
RIG = cast(Rig, SimpleNamespace(published_url="http://127.0.0.1:1"))
PLAN = BreakPlan(at_s=5, for_s=4, rate=40, seed=1)


class Clock:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


class FakeOffering:
    """A load of one request every tenth of a second, all of it known; `failing` says when requests fail."""

    clock: Clock
    failing: tuple[float, float] = (0, 0)

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    @contextmanager
    def at_work(self, *, first_s: float) -> Iterator[None]:
        yield

    def now_s(self) -> float:
        return self.clock.now_s

    def require_well(self) -> None:
        """It is."""

    @property
    def covered_s(self) -> float:
        return self.clock.now_s

    @property
    def ended(self) -> list[Ended]:
        due = (tenth / 10 for tenth in range(int(self.clock.now_s * 10)))
        begin_s, end_s = self.failing
        return [make_ended(MIX, due_s=at, end="timeout" if begin_s <= at < end_s else "answered") for at in due]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(FakeOffering, "clock", made, raising=False)
    monkeypatch.setattr(attack, "Offering", FakeOffering)
    monkeypatch.setattr("lab.faults.attack.time.sleep", made.sleep)
    monkeypatch.setattr(attack, "Visitor", lambda _: SimpleNamespace(succeeds=lambda: made.now_s >= 10))
    return made


def task(fault: Fault = FAULTS["killed"]) -> BreakTask:
    return BreakTask(deployment=make_deployment(), chosen=Chosen(fault=fault, tier="app"), plan=PLAN)


def test_the_fault_comes_at_its_time_lasts_as_long_as_it_should_and_is_undone(clock: Clock) -> None:
    site, app = make_site()
    course = attack.carry_out(RIG, site, MIX, task(), say=lambda _: None)
    assert app.done == ["SIGKILL", "start"]
    assert (course.happened.injected_s, course.happened.undone_s, course.happened.times) == (5, 9, 1)


def test_recovery_is_the_later_of_the_last_failure_and_the_first_newcomer(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = attack.carry_out(RIG, make_site()[0], MIX, task(), say=lambda _: None)
    assert course.recovery_s == pytest.approx(1), "a newcomer is served from 10 s on"
    clock.now_s = 0
    monkeypatch.setattr(FakeOffering, "failing", (6, 14))
    course = attack.carry_out(RIG, make_site()[0], MIX, task(), say=lambda _: None)
    assert course.recovery_s == pytest.approx(4.9)


def test_one_that_never_recovers_is_watched_to_the_end_and_no_longer(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeOffering, "failing", (6, 1000))
    course = attack.carry_out(RIG, make_site()[0], MIX, task(), say=lambda _: None)
    assert course.recovery_s is None
    assert course.end_s == pytest.approx(9 + attack.WATCHED_S, abs=1)


def test_what_happens_again_and_again_does_so_until_it_is_undone(clock: Clock) -> None:
    site, app = make_site()
    course = attack.carry_out(RIG, site, MIX, task(FAULTS["reloaded"]), say=lambda _: None)
    assert app.done == ["SIGHUP"] * 8
    assert (course.happened.times, course.happened.undone_s) == (8, 9)


def test_what_is_over_at_once_is_undone_at_once(clock: Clock) -> None:
    moment = replace(FAULTS["killed"], lasts=False)
    course = attack.carry_out(RIG, make_site()[0], MIX, task(moment), say=lambda _: None)
    assert (course.happened.injected_s, course.happened.undone_s) == (5, 5)


@pytest.mark.parametrize("ending", [KeyboardInterrupt, LabError])
def test_a_fault_is_undone_whatever_ends_it(clock: Clock, ending: type[BaseException]) -> None:
    done: list[str] = []

    def fail(_: object) -> None:
        done.append("injected")
        raise ending("now")

    def undo(_: object) -> str:
        done.append("undone")
        return ""

    fault = replace(FAULTS["killed"], inject=fail, undo=undo)
    with pytest.raises(ending):
        attack.carry_out(RIG, make_site()[0], MIX, task(fault), say=done.append)
    told = [line for line in done if "taking down what was started" in line]
    assert [line for line in done if line not in told][1:] == ["injected", "undone"]
    assert len(told) == (ending is KeyboardInterrupt)
    assert done[-1] == "undone"

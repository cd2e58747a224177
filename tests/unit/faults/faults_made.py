"""A break as it is kept, for those who write it and who tell of it."""

from typing import Any

from lab.faults.record import Break, BreakPlan, BreakRun, Promise, Stretch
from tests.unit.unit_factories import make_budget, make_machine

PLAN = BreakPlan(at_s=5, for_s=5, rate=40, seed=3)


def make_seen(name: str = "before", **changes: Any) -> Stretch:
    given: dict[str, Any] = {
        "begin_s": 0.0,
        "end_s": 5.0,
        "offered": 200,
        "right": 198,
        "p50_ms": 2.5,
        "p99_ms": 48.0,
        "failures": {"timeout": 2},
    }
    return Stretch(name=name, **given | changes)


def make_break(**changes: Any) -> Break:
    after = make_seen("after", begin_s=10.0, end_s=20.0, offered=0, right=0, p50_ms=None, p99_ms=None, failures={})
    given: dict[str, Any] = {
        "target": "service@async",
        "fault": "killed:postgres",
        "words": "postgres killed",
        "plan": PLAN,
        "injected_s": 5.0,
        "undone_s": 10.4,
        "happened": 1,
        "evidence": "started again",
        "phases": (make_seen(), after),
        "seconds": (make_seen("0"),),
        "recovery_s": 1.99,
        "sent_again": 0,
        "acknowledged": 12,
        "promises": (Promise(name="one", kept=True, detail="12"),),
        "images": {"app": "sha256:1"},
    }
    return Break(**given | changes)


def make_run(*breaks: Break, **changes: Any) -> BreakRun:
    given: dict[str, Any] = {
        "id": "20261127-000000-abcd",
        "started_at": "2026-11-27T00:00:00+00:00",
        "command": "lab break --all",
        "lab_version": "1",
        "git_revision": "abc",
        "git_dirty": False,
        "host": make_machine(),
        "engine": {"version": "1"},
        "tools": {"python": "3.11"},
        "budget": make_budget(),
        "breaks": breaks,
    }
    return BreakRun(**given | changes)

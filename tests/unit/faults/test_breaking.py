from pathlib import Path
from typing import Any

import pytest

from lab.catalog import Catalog
from lab.deploy import compose
from lab.errors import UsageError
from lab.faults import breaking, promises
from lab.faults.attack import AttackCourse, BreakTask, Happened
from lab.faults.fault import Chosen
from lab.faults.kinds import FAULTS
from lab.faults.seen import judged
from lab.orders import checking
from lab.orders.verdict import OrderFinding
from tests.unit.faults.faults_fakes import make_ended, make_mix
from tests.unit.faults.faults_made import PLAN
from tests.unit.unit_factories import make_deployment

MIX = make_mix()


def recorded(*ended: Any, fault: str = "killed", findings: tuple[OrderFinding, ...] = (), **changes: Any) -> Any:
    task = BreakTask(deployment=make_deployment(), chosen=Chosen(fault=FAULTS[fault], tier="app"), plan=PLAN)
    given: dict[str, Any] = {
        "happened": Happened(injected_s=5.0004, undone_s=9, times=3, evidence="seen"),
        "outcomes": tuple(judged(MIX, ended)),
        "recovery_s": 1.00049,
        "end_s": 14.0,
    }
    return breaking.recorded(task, AttackCourse(**given | changes), findings, images={"app": "sha256:1"})


def test_before_during_and_after_meet_and_leave_nothing_out() -> None:
    made = recorded(*(make_ended(MIX, due_s=due_s) for due_s in (0, 4.9, 5.1, 8.9, 9.1, 13.9)))
    assert [(seen.name, seen.begin_s, seen.end_s, seen.offered) for seen in made.phases] == [
        ("before", 0, 5.0, 2),
        ("during", 5.0, 9, 2),
        ("after", 9, 14, 2),
    ]
    assert len(made.seconds) == 14
    assert (made.fault, made.words, made.recovery_s) == ("killed:app", "app killed", 1.0)


def test_orders_that_were_acknowledged_are_counted_and_what_was_lost_breaks_a_promise() -> None:
    part = next(part for part in MIX.parts if part.what == "order")
    body = f'{{"id":1,"item_id":{part.item_id},"quantity":{part.quantity}}}'
    lost = OrderFinding(kind="lost", subject="a", detail="gone")
    made = recorded(make_ended(MIX, "order", status=202, body=body), make_ended(MIX), findings=(lost,))
    assert (made.acknowledged, made.broken) == (1, [promises.ORDERS])


def test_reloads_alone_promise_that_no_request_fails() -> None:
    failed = make_ended(MIX, end="read", status=None)
    assert recorded(failed).broken == []
    assert recorded(failed, fault="reloaded").broken == [promises.RELOADS]


def test_a_length_is_refused_where_a_fault_has_none() -> None:
    emptied = Chosen(fault=FAULTS["emptied"], tier="redis")
    breaking.require_lasting(emptied, for_s=None)
    breaking.require_lasting(Chosen(fault=FAULTS["paused"], tier="redis"), for_s=3)
    with pytest.raises(UsageError, match="emptied is over at once"):
        breaking.require_lasting(emptied, for_s=3)


def test_the_ground_is_what_compose_makes_of_the_stacks_own_file(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Path, ...]] = []

    def config(project: compose.Project) -> dict[str, Any]:
        asked.append(project.files)
        return {"services": {"app": {}}}

    monkeypatch.setattr(compose, "config", config)
    ground = breaking.ground(catalog, catalog.stack("proxied"))
    assert asked == [(catalog.home / "compose/proxied.yaml",)]
    assert (ground.services, ground.compose) == ({"app": {}}, catalog.home / "compose")


def test_what_takes_orders_can_be_broken(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    assert breaking.services(catalog) == []
    monkeypatch.setattr(checking, "ORDERS", "ping")
    assert "plain" in {stack.name for stack in breaking.services(catalog)}


def test_what_fails_of_doing_the_fault_is_kept_with_the_break() -> None:
    assert recorded(fault="memory-full").by_itself.startswith("app is killed and started anew")
    assert recorded(fault="killed").by_itself == ""

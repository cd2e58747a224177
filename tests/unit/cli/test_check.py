import json
from pathlib import Path
from typing import Any

import pytest

from lab.measure.verify import Answered
from lab.orders import checking
from lab.orders.checking import OrderCheck
from lab.orders.history import Acknowledgement, History, SentOrder
from lab.orders.verdict import OrderFinding
from tests.unit.cli.cli_driving import Lab
from tests.unit.own_project import write_own
from tests.unit.unit_project import edit

TOLD = Acknowledgement(status_code=202, order_id=1, item_id=1, quantity=1, replayed=True)
ORDER = SentOrder(user_id=2, key="check-1", item_id=1, quantity=1, tries=2, acknowledged=TOLD)
LOST = OrderFinding(kind="lost", subject="check-1", detail="acknowledged with 202, and not in the database")


def let_a_check_find(monkeypatch: pytest.MonkeyPatch, *findings: OrderFinding) -> None:
    def under_fire(*_: object, seed: int, count: int, **__: object) -> OrderCheck:
        history = History(orders=(ORDER,), failures={"503": 1})
        return OrderCheck(seed=seed, history=history, killed={"redis": count}, findings=findings)

    monkeypatch.setattr(checking, "ORDERS", "ping")
    monkeypatch.setattr(checking, "under_fire", under_fire)


def test_kills_without_orders_are_refused(lab: Lab) -> None:
    ended = lab("check", "plain", "--kills", "3")
    assert ended.code == 2
    assert "lab check plain --orders --kills 3" in ended.err


def test_a_stack_that_takes_no_orders_is_refused_by_name(lab: Lab) -> None:
    ended = lab("check", "plain", "--orders")
    assert ended.code == 2
    assert "plain takes no orders" in ended.err


def test_a_check_of_orders_says_in_one_screen_what_it_found(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    let_a_check_find(monkeypatch)
    ended = lab("check", "plain", "--orders", "--kills", "4", "--seed", "7")
    assert ended.code == 0
    assert "nothing lost, nothing twice" in ended.out
    assert "1; 1 of them had been acknowledged by an answer that was lost" in ended.out
    assert "4 × redis" in ended.out


def test_a_lost_order_ends_the_check_with_its_key_and_exit_code_8(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    let_a_check_find(monkeypatch, LOST)
    ended = lab("check", "plain", "--orders", "--kills", "2", "--seed", "7")
    assert ended.code == 8
    assert "check-1" in ended.out
    assert "lab check plain --orders --kills 2 --seed 7" in ended.err


@pytest.mark.parametrize(
    ("answered", "status", "hinted"),
    [
        ({"workload": "home", "complaint": "status 201 instead of 200", "status": 201}, 201, True),
        ({"workload": "home", "complaint": "status 500 instead of 200", "status": 500}, 500, False),
        ({"workload": "home", "complaint": "no answer: ConnectionError"}, 0, False),
        ({"workload": "health", "complaint": "status 201 instead of 200", "status": 201}, 201, False),
    ],
)
def test_a_wrong_answer_of_ones_own_project_may_be_learned_as_the_right_one(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, answered: dict[str, Any], status: int, hinted: bool
) -> None:
    folder = write_own(tmp_path / "my shop")
    edit(folder / "lab.yaml", "[home, order]", "[home, health]")
    verdict = Answered(answers=("",), **answered)
    monkeypatch.setattr("lab.commands.check.check", lambda *_, **__: [verdict])
    ended = lab("check", str(folder))
    assert ended.code == 4
    assert verdict.status == status
    learning = f"that is the right answer of home: lab adopt '{folder}' --learn writes it into lab.yaml"
    assert (learning in ended.err) == hinted
    assert f"lab up '{folder}', then lab logs '{folder}'" in ended.err


def test_a_check_of_orders_as_json_holds_every_finding(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    let_a_check_find(monkeypatch, *[LOST] * 50)
    ended = lab("check", "plain", "--orders", "--json")
    assert ended.code == 8
    found = json.loads(ended.out)
    assert (found["sent"], found["acknowledged"], found["retried"], len(found["findings"])) == (1, 1, 1, 50)


@pytest.mark.parametrize(("target", "exactly"), [("plain", False), ("plain@default", True)])
def test_only_a_variant_that_is_named_must_be_the_one_that_is_up(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, target: str, *, exactly: bool
) -> None:
    told: list[bool] = []

    def check(*_: object, exactly: bool, **__: object) -> list[Answered]:
        told.append(exactly)
        return []

    def under_fire(*_: object, exactly: bool, **__: object) -> OrderCheck:
        told.append(exactly)
        return OrderCheck(seed=7, history=History(orders=(), failures={}), killed={}, findings=())

    monkeypatch.setattr("lab.commands.check.check", check)
    monkeypatch.setattr(checking, "ORDERS", "ping")
    monkeypatch.setattr(checking, "under_fire", under_fire)
    assert [lab("check", target).code, lab("check", target, "--orders").code] == [0, 0]
    assert told == [exactly, exactly]

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.commands import breaks
from lab.faults.folder import BreakFolder
from lab.faults.record import PlannedBreak, Promise
from tests.unit.cli.cli_driving import Lab
from tests.unit.faults.faults_made import PLAN, make_break, make_run

LOST = Promise(name="none lost", kept=False, detail="1 × lost")


def let_it_end(monkeypatch: pytest.MonkeyPatch, folder: Path, *made: Any, **failures: str) -> list[dict[str, Any]]:
    """Nothing is broken; returns what would have been."""
    asked: list[dict[str, Any]] = []

    def one(_: object, target: str, fault: str, **given: Any) -> list[str]:
        asked.append({"target": target, "fault": fault, **given})
        return ["task"]

    def every(_: object, targets: list[str], **given: Any) -> list[str]:
        asked.append({"targets": targets, **given})
        return ["task", "task"]

    def resumed(_: object, name: str) -> tuple[Any, BreakFolder, list[str]]:
        asked.append({"resumed": name})
        return make_run(), BreakFolder(path=folder), ["task"]

    def begun(_: object, tasks: list[str], *__: object) -> tuple[Any, BreakFolder]:
        return make_run(), BreakFolder(path=folder)

    def carry_out(_: object, run: Any, kept: BreakFolder, tasks: list[str], **__: object) -> Any:
        (folder / "break.md").write_text("# the table\n")
        planned = [PlannedBreak(target="plain", fault="killed:app", plan=PLAN)] * len(tasks)
        planned *= 2 if asked and "resumed" in asked[-1] else 1
        return replace(run, breaks=made, failures=failures, planned=tuple(planned))

    stand_ins = {"one": one, "every": every, "resumed": resumed, "begun": begun, "carry_out": carry_out}
    for name, stand_in in stand_ins.items():
        monkeypatch.setattr(breaks, name, stand_in)
    return asked


def test_without_a_fault_it_says_which_there_are(lab: Lab) -> None:
    ended = lab("break", "plain")
    assert ended.code == 2
    for said in ("say what to break", "killed, paused, cut-off", "lab break plain --all"):
        assert said in ended.err
    assert "lab break --all" in lab("break").err


def test_a_stack_that_takes_no_orders_cannot_be_broken(lab: Lab) -> None:
    ended = lab("break", "plain", "killed")
    assert ended.code == 2
    assert "plain takes no orders" in ended.err


def test_what_users_saw_is_printed_and_where_the_rest_is(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = let_it_end(monkeypatch, tmp_path, make_break())
    ended = lab("break", "plain", "killed:app", "--at", "2", "--for", "3", "--rate", "10", "--seed", "9")
    assert ended.code == 0
    for said in ("postgres killed, 5.0 s to 10.4 s", "before", "2 × timeout", "kept", "1.99 s"):
        assert said in ended.out
    assert str(tmp_path) in ended.err
    (given,) = asked
    assert (given["target"], given["fault"], given["for_given"]) == ("plain", "killed:app", True)
    plan = given["plan"]
    assert (plan.at_s, plan.for_s, plan.rate, plan.seed) == (2, 3, 10, 9)


def test_a_broken_promise_ends_with_8_and_is_named(lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    let_it_end(monkeypatch, tmp_path, make_break(promises=(LOST,)))
    ended = lab("break", "plain", "killed", "--json")
    assert ended.code == 8
    assert "service@async, killed:postgres: none lost" in ended.err
    assert json.loads(ended.out)["breaks"][0]["promises"][0]["kept"] is False


def test_all_prints_the_table_and_says_what_could_not_be_done(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = let_it_end(monkeypatch, tmp_path, make_break(), replace(make_break(), words="b"), **{"c slow:redis": "why"})
    ended = lab("break", "--all")
    assert ended.code == 1
    assert "# the table" in ended.out
    assert "c slow:redis: why" in ended.err
    lab("break", "plain", "--all")
    assert [given["targets"] for given in asked] == [[], ["plain"]]


def test_a_run_that_is_resumed_prints_its_whole_table(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = let_it_end(monkeypatch, tmp_path, make_break())
    ended = lab("break", "--resume", "20261127-000000-abcd")
    assert (ended.code, asked) == (0, [{"resumed": "20261127-000000-abcd"}])
    assert "# the table" in ended.out
    ended = lab("break", "--resume", "20261127-000000-abcd", "--seed", "3")
    assert (ended.code, len(asked)) == (2, 1)
    assert "--seed would have no effect: a run that is resumed has its own plan" in ended.err
    monkeypatch.setenv("LAB_RESUME", "20261127-000000-abcd")
    lab("break", "plain", "killed")
    assert asked[-1]["target"] == "plain"


def test_a_fault_beside_all_is_refused(lab: Lab) -> None:
    ended = lab("break", "plain", "killed", "--all")
    assert ended.code == 2
    assert "--all would have no effect: a fault is named" in ended.err

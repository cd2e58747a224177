from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lab import store
from lab.catalog import Catalog
from lab.commands import breaks, surroundings
from lab.errors import EngineUnavailable, Interrupted, LabError, UnknownName, UsageError
from lab.faults import breaking
from lab.faults.attack import BreakTask
from lab.faults.fault import Ground
from lab.faults.kinds import FAULTS
from lab.orders import checking
from tests.unit.faults.faults_made import PLAN, make_break
from tests.unit.unit_factories import make_machine, make_run


@pytest.fixture
def ordering(catalog: Catalog, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Catalog:
    """A catalogue whose stacks take orders, and no engine."""
    now = surroundings.Surroundings(
        lab_version="1", git_revision="abc", git_dirty=False, host=make_machine(), engine={}, tools={}
    )

    @contextmanager
    def workplace(**_: object) -> Iterator[object]:
        yield SimpleNamespace()

    def ground(given: Catalog, stack: Any) -> Ground:
        return Ground(stack=stack, services={name: {} for name in stack.tiers}, compose=given.home)

    monkeypatch.setattr(checking, "ORDERS", "ping")
    monkeypatch.setattr(breaking, "ground", ground)
    monkeypatch.setattr(surroundings, "look", lambda *_: now)
    monkeypatch.setattr(breaks, "workplace", workplace)
    return catalog


def carry_out(
    catalog: Catalog, tasks: list[BreakTask], monkeypatch: pytest.MonkeyPatch, made: Callable[[BreakTask], Any]
) -> tuple[Any, Path]:
    monkeypatch.setattr(breaking, "carry_out", lambda _, task: (made(task), SimpleNamespace(outcomes=())))
    run, folder = breaks.begun(catalog, tasks, make_machine())
    return breaks.carry_out(catalog, run, folder, tasks, wait_s=0, say=lambda _: None), folder.path


def test_one_is_the_fault_that_was_named(ordering: Catalog) -> None:
    (task,) = breaks.one(ordering, "proxied", "killed:app", plan=PLAN, for_given=True)
    assert (task.deployment.stack, task.chosen.label, task.plan) == ("proxied", "killed:app", PLAN)


def test_every_goes_fault_by_fault_over_all_that_take_orders(ordering: Catalog) -> None:
    tasks = breaks.every(ordering, [], plan=PLAN)
    names = [task.chosen.fault.name for task in tasks]
    assert names == sorted(names, key=[*FAULTS].index)
    assert {task.deployment.stack for task in tasks} == {stack.name for stack in breaking.services(ordering)}
    assert {task.deployment.stack for task in breaks.every(ordering, ["proxied"], plan=PLAN)} == {"proxied"}


def test_a_run_is_kept_after_each_break_and_goes_on_past_one_that_cannot_be_made(
    ordering: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = breaks.every(ordering, ["proxied"], plan=PLAN)[:2] * 2
    seen: list[BreakTask] = []

    def made(task: BreakTask) -> Any:
        seen.append(task)
        if len(seen) == 2:
            raise LabError("the load did not begin")
        return make_break(fault=task.chosen.label)

    run, folder = carry_out(ordering, tasks, monkeypatch, made)
    assert (len(seen), len(run.breaks)) == (4, 3)
    assert list(run.failures.values()) == ["the load did not begin"]
    assert {"break.json", "break.md"} <= {path.name for path in folder.iterdir()}
    assert folder.parent == ordering.root / "results"


@pytest.mark.parametrize(("error", "count"), [(LabError, 1), (EngineUnavailable, 2)])
def test_a_single_one_and_a_lost_engine_end_the_run(
    ordering: Catalog, monkeypatch: pytest.MonkeyPatch, error: type[LabError], count: int
) -> None:
    def fails(_: BreakTask) -> Any:
        raise error("it ends here")

    tasks = breaks.one(ordering, "proxied", "killed", plan=PLAN, for_given=False) * count
    with pytest.raises(error, match="it ends here"):
        carry_out(ordering, tasks, monkeypatch, fails)


def test_how_long_it_takes_is_said_before_it_starts(ordering: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    tasks = breaks.every(ordering, ["proxied"], plan=PLAN)
    made = [make_break(target="proxied", fault=task.chosen.label) for task in tasks]
    monkeypatch.setattr(breaking, "carry_out", lambda *_: (made.pop(0), SimpleNamespace(outcomes=())))
    run, folder = breaks.begun(ordering, tasks, make_machine())
    breaks.carry_out(ordering, run, folder, tasks, wait_s=0, say=said.append)
    assert said[0].startswith(f"{len(tasks)} breaks, about {breaks.expected_s(tasks) / 60:.0f} min")
    assert 35 * len(tasks) <= breaks.expected_s(tasks) <= 40 * len(tasks)


def test_ctrl_c_keeps_what_is_done_and_the_run_goes_on_with_the_rest(
    ordering: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = breaks.every(ordering, ["proxied"], plan=PLAN)
    seen: list[str] = []

    def made(_: object, task: BreakTask) -> Any:
        seen.append(task.chosen.label)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return make_break(target=task.deployment.name, fault=task.chosen.label), SimpleNamespace(outcomes=())

    monkeypatch.setattr(breaking, "carry_out", made)
    run, folder = breaks.begun(ordering, tasks, make_machine())
    with pytest.raises(Interrupted, match=f"1 of {len(tasks)} breaks are kept") as ended:
        breaks.carry_out(ordering, run, folder, tasks, wait_s=0, say=lambda _: None)
    assert ended.value.fix == f"lab break --resume {folder.path.name}"
    again, where, rest = breaks.resumed(ordering, folder.path.name)
    assert (len(rest), where.path) == (len(tasks) - 1, folder.path)
    done = breaks.carry_out(ordering, again, where, rest, wait_s=0, say=lambda _: None)
    assert [kept.fault for kept in done.breaks] == [task.chosen.label for task in tasks]
    assert seen == [*[task.chosen.label for task in tasks[:2]], *[task.chosen.label for task in rest]]
    with pytest.raises(UsageError, match="all that it planned is done"):
        breaks.resumed(ordering, folder.path.name)


def test_a_single_one_that_is_interrupted_says_how_to_make_it_again(
    ordering: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(breaking, "carry_out", interrupted)
    tasks = breaks.one(ordering, "proxied", "killed", plan=PLAN, for_given=False)
    run, folder = breaks.begun(ordering, tasks, make_machine())
    with pytest.raises(Interrupted, match="0 of 1 breaks are kept, nothing is left running") as ended:
        breaks.carry_out(ordering, run, folder, tasks, wait_s=0, say=lambda _: None)
    assert ended.value.fix == f"lab break --resume {folder.path.name}"
    _, _, (task,) = breaks.resumed(ordering, folder.path.name)
    assert (task.chosen.label, task.plan) == (tasks[0].chosen.label, PLAN)


def test_who_interrupts_before_anything_was_started_is_told_that(
    ordering: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(**_: object) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(breaks, "workplace", interrupted)
    tasks = breaks.one(ordering, "proxied", "killed", plan=PLAN, for_given=False)
    run, folder = breaks.begun(ordering, tasks, make_machine())
    with pytest.raises(Interrupted, match="before anything was started"):
        breaks.carry_out(ordering, run, folder, tasks, wait_s=0, say=lambda _: None)


def test_a_run_that_is_none_of_breaks_is_not_known(ordering: Catalog) -> None:
    with pytest.raises(UnknownName, match="run of lab break"):
        breaks.resumed(ordering, "20260101-000000-abcd")


def test_a_run_that_was_measured_is_called_that_with_the_command_that_goes_on_with_it(ordering: Catalog) -> None:
    identity, folder = store.create(ordering.root)
    folder.write_run(make_run(id=identity))
    with pytest.raises(UsageError, match=f"{identity} is no run of lab break") as caught:
        breaks.resumed(ordering, identity)
    assert (caught.value.fix or "").startswith(f"lab bench --resume {identity}")


def test_a_run_is_finished_once_all_was_tried_and_no_more_when_it_is_resumed(
    ordering: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = breaks.every(ordering, ["proxied"], plan=PLAN)[:2]
    run, folder = breaks.begun(ordering, tasks, make_machine())

    def made(_: object, task: BreakTask) -> Any:
        assert not folder.read().finished
        if task is tasks[1]:
            raise LabError("the load did not begin")
        return make_break(target=task.deployment.name, fault=task.chosen.label), SimpleNamespace(outcomes=())

    monkeypatch.setattr(breaking, "carry_out", made)
    done = breaks.carry_out(ordering, run, folder, tasks, wait_s=0, say=lambda _: None)
    assert done.finished_at
    assert done.finished
    assert folder.read() == done
    again, _, _ = breaks.resumed(ordering, folder.path.name)
    assert (again.finished_at, again.finished) == (None, False)


def test_who_names_no_fault_is_told_which_there_are() -> None:
    error = breaks.without_fault("proxied")
    assert isinstance(error, UsageError)
    assert error.where is not None
    assert all(name in error.where for name in FAULTS)

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from lab.commands import selftest
from lab.commands.selftest import ALIKE, HOG, SABOTAGE
from lab.deploy import compose
from lab.deploy.compose import Project
from lab.measure.hog import Hog
from lab.measure.progress import Observer
from lab.results.selftest import SABOTAGES, Ending, SelftestLine
from tests.unit.results.test_integrity import keep
from tests.unit.unit_factories import make_budget, make_cell

RUNS = 100


def test_each_sabotage_has_its_row_and_no_row_is_without_one() -> None:
    tables = selftest.catalogue().tables
    rows = {row.id for name in (SABOTAGE, HOG) for row in tables[name].rows}
    beside = {sabotage.beside for sabotage in SABOTAGES if sabotage.beside}
    assert rows - beside == {sabotage.row for sabotage in SABOTAGES}
    assert beside <= rows


def test_the_rows_that_are_left_alone_and_compared_are_there() -> None:
    alike = selftest.catalogue().tables[ALIKE]
    assert {row.id for row in alike.rows} == {*selftest.LEFT_ALONE, selftest.COPY, selftest.SLOWER}
    assert {row.reference for row in alike.rows} <= {*selftest.LEFT_ALONE}


def test_the_variables_of_the_ambient_environment_are_read_by_the_compose_file() -> None:
    catalog = selftest.catalogue()
    (stack,) = {row.stack for row in catalog.tables[ALIKE].rows}
    assert selftest.AMBIENT.keys() <= catalog.stacks[stack].settings


def test_a_hundred_ambient_environments_reach_no_compose_file(monkeypatch: pytest.MonkeyPatch) -> None:
    luck = random.Random(20_261_127)  # noqa: S311 - the same each time
    names = sorted({name for stack in selftest.catalogue().stacks.values() for name in stack.settings})
    for _ in range(RUNS):
        ambient = {name: str(luck.randrange(1, 1000)) for name in luck.sample(names, luck.randint(1, len(names)))}
        decided = {luck.choice(names): "decided"}
        with monkeypatch.context() as shell:
            for name, value in ambient.items():
                shell.setenv(name, value)
            given = compose._environment(Project(name="any", environment=decided))
        assert {name: given[name] for name in names if name in given} == decided


def test_the_users_shell_is_afterwards_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WRONG_EVERY", "7")
    with selftest._circumstances(ALIKE, Observer(), make_budget()):
        assert os.environ["WRONG_EVERY"] == "1"
    assert os.environ["WRONG_EVERY"] == "7"
    monkeypatch.delenv("WRONG_EVERY")
    with selftest._circumstances(ALIKE, Observer(), make_budget()):
        pass
    assert "WRONG_EVERY" not in os.environ


class CountedHog:
    def __init__(self) -> None:
        self.done: list[str] = []

    def begin(self) -> None:
        self.done.append("begin")

    def end(self) -> None:
        self.done.append("end")


def test_a_hog_runs_while_rounds_of_its_row_are_measured_and_not_beside_others() -> None:
    hog = CountedHog()
    observer = selftest.Hogging(Observer(), cast(Hog, hog))
    observer.measuring(make_cell(row="no-hog"), 0)
    assert hog.done == []
    observer.measuring(make_cell(row="hog"), 0)
    observer.measured(make_cell(row="hog"), 0)
    assert hog.done == ["begin", "end"]


def test_a_hog_runs_beside_a_duet_of_its_row_until_the_stacks_are_taken_down() -> None:
    hog = CountedHog()
    observer = selftest.Hogging(Observer(), cast(Hog, hog))
    observer.dueting(make_cell(row="two"), make_cell(row="one"), 100)
    assert hog.done == []
    observer.dueting(make_cell(row="hog"), make_cell(row="no-hog"), 100)
    observer.stopping()
    assert hog.done == ["begin", "end"]


def test_all_that_happens_is_told_to_whom_watches() -> None:
    told: list[str] = []

    class Watching(Observer):
        def __getattribute__(self, name: str) -> Any:
            return lambda *_given: told.append(name)

    observer = selftest.Hogging(Watching(), cast(Hog, CountedHog()))
    steps = [name for name in vars(Observer) if not name.startswith("_")]
    for name in steps:
        given = [make_cell() for _ in range(getattr(Observer, name).__code__.co_argcount - 1)]
        getattr(observer, name)(*given)
    assert told == steps


def test_the_edit_of_a_selftest_is_found_and_leaves_the_run_as_it_was(tmp_path: Path) -> None:
    folder = keep(tmp_path)
    before = {path.name: path.read_bytes() for path in folder.path.iterdir()}
    found = selftest.edited(folder)
    assert (found.ending, found.said.partition(":")[0]) == ("caught", "samples.jsonl")
    assert {path.name: path.read_bytes() for path in folder.path.iterdir()} == before


def tries(*endings: Ending) -> tuple[list[str], Callable[[str], tuple[SelftestLine, ...]]]:
    """A part whose one line ends so, try after try, and a list of the tries."""
    left, made = [*endings], []

    def measure(part: str) -> tuple[SelftestLine, ...]:
        made.append(part)
        return (SelftestLine(name="A/A", done="", said="", ending=left.pop(0)),)

    return made, measure


@pytest.mark.parametrize(
    ("endings", "until_s", "judged"),
    [
        (("caught",), 600.0, "caught"),
        (("missed",), 600.0, "missed"),
        (("too noisy", "caught"), 600.0, "caught"),
        (("too noisy", "too noisy", "missed"), 600.0, "missed"),
        (("too noisy",), 100.0, "too noisy"),
    ],
)
def test_a_part_that_cannot_judge_is_measured_again_while_there_is_time_and_no_other_is(
    endings: tuple[Ending, ...], until_s: float, judged: Ending
) -> None:
    made, measure = tries(*endings)
    (line,) = selftest.judged(ALIKE, measure=measure, until_s=until_s, say=lambda _: None, clock=lambda: 0.0)
    assert (line.ending, made) == (judged, [ALIKE] * len(endings))


def test_the_time_of_a_pass_holds_a_second_try_of_each_part_alone() -> None:
    whole_s = sum(selftest.TAKES_S.values())
    assert all(whole_s + selftest.TAKES_S[part] <= selftest.WITHIN_S for part in selftest.PARTS)

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.commands import selftest
from lab.commands.selftest import PARTS, SelftestState
from lab.results.selftest import Ending, SelftestLine
from tests.unit.cli.cli_driving import Lab


def line(name: str, ending: Ending, said: str = "what it said") -> SelftestLine:
    return SelftestLine(name=name, done="what was done", said=said, ending=ending)


@pytest.fixture
def found(project: Path, monkeypatch: pytest.MonkeyPatch) -> list[SelftestLine]:
    """What each pass of a selftest will have found: a test fills it in."""
    lines: list[SelftestLine] = []
    catalog = selftest.catalogue()
    monkeypatch.setattr(selftest, "catalogue", lambda: replace(catalog, root=project))
    (project / "results").mkdir(exist_ok=True)

    def carry_out(state: SelftestState, **_options: Any) -> SelftestState:
        return replace(state, done={f"{number + 1}/all": tuple(lines) for number in range(state.passes)})

    monkeypatch.setattr(selftest, "carry_out", carry_out)
    return lines


@pytest.fixture(autouse=True)
def _own_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selftest, "project_root", lambda: Path(__file__).parents[3])


def test_all_caught_ends_with_0_and_a_line_each(lab: Lab, found: list[SelftestLine]) -> None:
    found += [line("A/A", "caught"), line("OOM kill", "caught", "the kernel killed a process")]
    ended = lab("selftest")
    assert ended.code == 0, ended.err
    assert ended.out.splitlines()[1].split() == ["A/A", "what", "was", "done", "what", "it", "said", "alike"]
    assert "the kernel killed a process" in ended.out.splitlines()[2]


@pytest.mark.parametrize(("endings", "code"), [(("missed", "too noisy"), 1), (("too noisy", "caught"), 7)])
def test_one_that_was_missed_ends_with_1_and_noise_with_7(
    lab: Lab, found: list[SelftestLine], endings: tuple[Ending, Ending], code: int
) -> None:
    found += [line(f"sabotage {number}", ending) for number, ending in enumerate(endings)]
    ended = lab("selftest")
    assert ended.code == code
    assert "sabotage 0" in ended.err
    assert "sabotage 1" not in ended.err


def test_of_several_passes_a_line_tells_how_many_were_well(lab: Lab, found: list[SelftestLine]) -> None:
    found += [line("OOM kill", "caught")]
    ended = lab("selftest", "--full")
    assert ended.out.splitlines()[1].endswith("caught, 5 of 5")
    assert len(json.loads(lab("selftest", "--json").out)["lines"]) == 1


def test_a_selftest_goes_on_with_what_is_missing(project: Path) -> None:
    (project / "results").mkdir(exist_ok=True)
    state = selftest.begin(project, passes=2)
    assert len(state.missing) == 2 * len(PARTS)
    kept = selftest._keep(project, replace(state, done={"1/alike": (line("A/A", "caught"),)}))
    assert selftest.resume(project) == kept
    assert kept.missing == [(0, "sabotage"), (0, "hog"), (1, "alike"), (1, "sabotage"), (1, "hog")]


def test_there_must_be_one_to_go_on_with_that_can_be_read(lab: Lab, project: Path, found: list[SelftestLine]) -> None:
    assert found == []
    assert lab("selftest", "--resume").code == 2
    (project / selftest.STATE).write_text('{"passes": "many"}')
    ended = lab("selftest", "--resume")
    assert (ended.code, "is not the state of a selftest" in ended.err) == (2, True)


def test_a_selftest_that_goes_on_has_its_own_plan(lab: Lab) -> None:
    ended = lab("selftest", "--full", "--resume")
    assert (ended.code, "--full would have no effect" in ended.err) == (2, True)

from dataclasses import replace
from pathlib import Path

import pytest

from lab.cli import outcome
from lab.commands.reports import Outcome
from lab.errors import Inconclusive, LabError
from lab.model import CellResult
from tests.unit.report.report_factories import make_cell, make_invalid, make_open, make_results


def show(*cells: CellResult) -> None:
    outcome.show(Outcome(results=make_results(*cells), folder=Path("results/run"), files=()), json=True, full=False)


def test_a_run_with_a_cell_that_may_be_believed_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    show(make_cell(), make_invalid())
    said = capsys.readouterr()
    assert '"cells"' in said.out
    assert "report: results/run/report.html" in said.err


def test_the_end_of_a_run_says_how_to_see_the_rest_unless_all_was_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LAB_ROOT", str(tmp_path))
    done = Outcome(results=make_results(make_cell()), folder=tmp_path / "results/20260101-1", files=())
    outcome.show(done, json=False, full=False)
    assert "all of it here: lab report 20260101-1\n" in capsys.readouterr().err
    outcome.show(done, json=False, full=True)
    assert "all of it here" not in capsys.readouterr().err


def test_a_run_in_another_folder_is_named_by_its_path(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LAB_ROOT", str(tmp_path))
    folder = tmp_path / "my shop/results/20260101-1"
    outcome.show(Outcome(results=make_results(make_cell()), folder=folder, files=()), json=False, full=False)
    assert f"all of it here: lab report '{folder}'\n" in capsys.readouterr().err


def test_a_run_of_which_no_cell_may_be_believed_is_inconclusive() -> None:
    with pytest.raises(Inconclusive, match="no cell can be believed"):
        show(make_invalid())


def test_where_requests_were_dropped_the_next_step_is_a_lower_rate() -> None:
    with pytest.raises(Inconclusive) as caught:
        show(make_invalid())
    assert "make the host quieter" in str(caught.value.fix)
    kept_up = make_open("busy").open_loop
    assert kept_up is not None
    with pytest.raises(Inconclusive) as caught:
        show(make_open("busy", open_loop=replace(kept_up, dropped=5), valid=False))
    assert str(caught.value.fix) == "the report gives the reasons; ask for less with --rate"


def test_a_cell_without_a_sample_is_a_failure_and_named() -> None:
    with pytest.raises(LabError, match="1 of the cells could not be measured") as caught:
        show(make_cell(), make_cell("empty", rounds=0))
    assert "headline/empty" in str(caught.value.where)


def test_where_the_wall_clock_went_is_said_with_the_share_of_the_load() -> None:
    assert outcome.time_spent({}) == "the run is not finished"
    said = outcome.time_spent({"build": 1.0, "load": 30.0, "total": 40.0})
    assert said == "40 s; load was offered for 75% (build 1 s, load 30 s)"

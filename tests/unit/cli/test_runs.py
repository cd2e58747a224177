import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lab import folders, plan, store
from lab.catalog import load_catalog
from lab.cli import outcome
from lab.commands import bench
from lab.commands.forecast import TURN_S
from lab.deploy import building
from lab.engine import probe
from lab.errors import LabError
from lab.faults.folder import BreakFolder
from lab.faults.record import PlannedBreak
from lab.model import Cell, Open, Run
from lab.plan import PlanOptions
from lab.store import RunFolder
from tests.unit.cli.cli_driving import Lab
from tests.unit.faults.faults_made import PLAN, make_break
from tests.unit.faults.faults_made import make_run as make_break_run
from tests.unit.own_project import write_own
from tests.unit.results.test_duets import make_turn
from tests.unit.unit_factories import make_cell, make_deployment, make_run, make_sample
from tests.unit.unit_project import edit

Planned = Callable[..., Run]


def keep_run(project: Path, *, rounds: int, row: str = "measured", **changes: Any) -> Cell:
    cell = make_cell(deployment=make_deployment(variant="pool"), row=row, **changes)
    identity, folder = store.create(project)
    for number in range(rounds):
        folder.append(make_sample(number, cell=cell.key))
    folder.write_run(make_run([cell], id=identity, phases_s={"load": 8.0, "start": 2.0, "total": 10.0}))
    return cell


def test_runs_are_listed(lab: Lab, project: Path) -> None:
    assert json.loads(lab("list", "runs", "--json").out) == []
    identity, folder = store.create(project)
    folder.write_run(make_run(id=identity))
    (found,) = json.loads(lab("list", "runs", "--json").out)
    assert (found["id"], found["cells"], found["finished_at"]) == (identity, 0, None)


def test_runs_of_breaks_are_listed_among_them(lab: Lab, project: Path) -> None:
    first, run = store.create(project)
    run.write_run(make_run(id=first))
    (project / "results" / "zz").mkdir()
    done = make_break_run(make_break(), finished_at="2026-11-27T00:01:00+00:00")
    BreakFolder(path=project / "results" / "zz").write(done, "")
    (project / "results" / "zzz").mkdir()
    left = PlannedBreak(target="plain", fault="killed:app", plan=PLAN)
    BreakFolder(path=project / "results" / "zzz").write(make_break_run(planned=(left,)), "")
    found = json.loads(lab("list", "runs", "--json").out)
    assert [(one["id"], one["kind"], one["cells"], one["finished_at"]) for one in found] == [
        (first, "run", 0, None),
        ("zz", "break", 1, "2026-11-27T00:01:00+00:00"),
        ("zzz", "break", 0, None),
    ]
    assert [line.split()[:4] for line in lab("list", "runs").out.splitlines()[1:]] == [
        [first, "run", "0", "no"],
        ["zz", "break", "1", "yes"],
        ["zzz", "break", "0", "no"],
    ]


@pytest.mark.parametrize(
    "command",
    [("report",), ("verify",), ("compare", "--run"), ("explain", "plain", "--run"), ("bench", "--resume")],
    ids=" ".join,
)
def test_what_reads_samples_says_of_a_run_of_breaks_what_it_is(
    lab: Lab, project: Path, command: tuple[str, ...]
) -> None:
    (project / "results" / "zz").mkdir(parents=True)
    BreakFolder(path=project / "results" / "zz").write(make_break_run(make_break()), "")
    ended = lab(*command, "zz")
    assert (ended.code, ended.out) == (2, "")
    assert "zz is a run of lab break" in ended.err
    assert "break.md" in ended.err


def test_a_report_of_a_run_without_a_sample_is_printed_and_fails_in_words(lab: Lab, project: Path) -> None:
    keep_run(project, rounds=0)
    ended = lab("report")
    assert ended.code == 1
    assert "measured" in ended.out
    assert "no row of this run has a sample" in ended.err
    assert "lab bench --resume" in ended.err


def test_a_row_is_explained_before_it_is_measured(lab: Lab) -> None:
    story = json.loads(lab("explain", "proxied-pool", "--json").out)["articles/proxied-pool/seed"]
    assert any("at most 400/s" in sentence for sentence in story)


def test_what_is_named_by_hand_is_explained_under_its_own_name(lab: Lab) -> None:
    assert lab("explain", "plain@default").out.splitlines()[0] == "plain@default"


def test_a_project_is_explained_by_its_path_and_inside_its_folder_by_its_name(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_own(tmp_path / "shop")
    assert lab("explain", str(folder)).out.splitlines()[0] == "shop@default"
    monkeypatch.chdir(folder)
    told = lab("explain", "shop", "--workload", "order")
    assert told.out.splitlines()[0] == "shop@default"
    assert "is asked for POST /orders" in told.out
    assert lab("explain", "./nope").code == 2


def test_a_measured_row_of_a_project_is_explained_from_the_results_in_its_folder(lab: Lab, tmp_path: Path) -> None:
    folder = write_own(tmp_path / "shop")
    cell = keep_run(folder, rounds=2, row="shop@default")
    measured = "Measured: 1,000/s (1,000–1,000) over 2 rounds"
    assert measured in lab("explain", f"{folder}@default").out
    assert measured in lab("explain", f"{folder}@default", "--workload", cell.workload).out
    assert "has not been measured" in lab("explain", f"{folder}@default", "--workload", "order").out
    assert "has not been measured" in lab("explain", f"{folder}@default", "--connections", "7").out


def test_a_stack_means_what_was_measured_of_it_by_hand(lab: Lab, project: Path) -> None:
    assert "has not been measured" in lab("explain", "proxied").out
    keep_run(project, rounds=2, table="bench", row="proxied@pool")
    assert "Measured: 1,000/s (1,000–1,000) over 2 rounds" in lab("explain", "proxied").out


def test_a_measured_row_is_explained_from_its_figures(lab: Lab, project: Path) -> None:
    keep_run(project, rounds=2)
    assert "Measured: 1,000/s (1,000–1,000) over 2 rounds" in lab("explain", "measured").out


def test_a_run_is_read_again_without_an_engine(lab: Lab, project: Path) -> None:
    keep_run(project, rounds=2)
    ended = lab("compare", "--run", folders.runs(project)[0], "--json")
    assert ended.code == 0
    assert json.loads(ended.out)["cells"][0]["requests_per_second"]["value"] == pytest.approx(1000)
    assert "10 s; load was offered for 80% (load 8 s, start 2 s)" in ended.err


def test_a_run_ends_within_a_screen_and_prints_all_of_it_when_asked(lab: Lab, project: Path) -> None:
    keep_run(project, rounds=2)
    short, full = (lab("compare", "--run", folders.runs(project)[0], *options) for options in ((), ("--full",)))
    assert len((short.out + short.err).splitlines()) < 24
    assert "How to read it" not in short.out
    assert "How to read it" in full.out
    assert "report.html" in short.err


def test_a_run_in_which_nothing_can_be_believed_ends_with_7(lab: Lab, project: Path) -> None:
    keep_run(project, rounds=1)
    ended = lab("compare", "--run", folders.runs(project)[0])
    assert ended.code == 7
    assert "no cell can be believed" in ended.err


def test_a_run_with_a_failed_cell_ends_with_1(lab: Lab, project: Path) -> None:
    cell = keep_run(project, rounds=2)
    folder: RunFolder = store.find(project)
    folder.write_run(make_run([cell], failures={cell.key: "it fell over"}))
    ended = lab("compare", "--run", folder.path.name)
    assert ended.code == 1
    assert f"{cell.key}: it fell over" in ended.err


def test_a_report_has_the_format_that_was_asked_for(lab: Lab, project: Path) -> None:
    keep_run(project, rounds=2)
    assert lab("report", "--format", "csv").out.splitlines()[1].count(",") > 10
    assert lab("report", "--format", "nonsense").code == 2


def test_the_first_chart_can_be_had_alone(lab: Lab, project: Path) -> None:
    keep_run(project, rounds=2)
    assert lab("report", "--format", "svg").out.startswith("<svg")


def test_a_png_comes_as_bytes(project: Path) -> None:
    keep_run(project, rounds=2)
    program = [sys.executable, "-c", "from lab.cli import main; main()", "report", "--format", "png"]
    done = subprocess.run(program, env={**os.environ, "LAB_ROOT": str(project)}, capture_output=True, check=True)
    assert done.stdout.startswith(b"\x89PNG")


def test_a_run_without_a_valid_row_has_no_chart_and_says_so(lab: Lab, project: Path) -> None:
    keep_run(project, rounds=1)
    ended = lab("report", "--format", "svg")
    assert (ended.code, ended.out) == (7, "")
    assert "no valid row to draw" in ended.err


@pytest.mark.parametrize("command", [("report",), ("compare", "--run")])
def test_a_damaged_journal_is_told_whenever_its_run_is_read(lab: Lab, project: Path, command: tuple[str, ...]) -> None:
    keep_run(project, rounds=2)
    identity = folders.runs(project)[0]
    with (project / "results" / identity / "samples.jsonl").open("a") as file:
        file.write('{"cell": "to')
    assert "samples.jsonl:3: damaged; 2 samples before it are kept" in lab(*command, identity).err


def test_a_run_that_is_not_finished_has_no_share_of_load() -> None:
    assert outcome.time_spent({}) == "the run is not finished"


def keep_table(project: Path) -> Path:
    """A run of every row of the project's table, as the catalogue of today plans it."""
    catalog = load_catalog(project)
    cells = plan.from_tables(catalog, [catalog.table("articles")], options=PlanOptions(), nofile=20_000)
    identity, folder = store.create(project)
    folder.write_run(make_run(cells, id=identity, phases_s={"load": 8.0, "total": 10.0}, titles={"articles": "A"}))
    for number in range(3):
        for place, cell in enumerate(cells):
            folder.append(make_sample(number, rate=390 + place, cell=cell.key, steady_cpu_s={"app": 0.1}))
    return folder.path


def told(lab: Lab, path: Path) -> tuple[str, ...]:
    """All that a run says: its report, its results, and the story of each of its rows."""
    rows = ("proxied-pool", "plain", "again")
    return (
        lab("report", str(path)).out,
        lab("compare", "--run", str(path), "--json").out,
        *(lab("explain", row, "--run", str(path)).out for row in rows),
    )


def test_an_old_run_says_the_same_after_its_stacks_tables_and_contract_have_changed(lab: Lab, project: Path) -> None:
    path = keep_table(project)
    before = told(lab, path)
    assert "reproduced" in before[0]
    edit(project / "compose/proxied.yaml", "pool: {WORKERS: 4, THREADS: 10}", "pool: {WORKERS: 1, THREADS: 1}")
    edit(project / "experiments/articles.yaml", "requests_per_second: 390.5", "requests_per_second: 9390.5")
    edit(project / "experiments/articles.yaml", "connections: 2000", "connections: 20")
    edit(project / "stacks/openapi.yaml", "default_s: 0.1", "default_s: 3")
    assert told(lab, path) == before


def test_a_run_is_read_in_any_folder_without_a_catalogue(
    lab: Lab, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = keep_table(project)
    before = told(lab, path)
    elsewhere = tmp_path / "elsewhere"
    shutil.move(path, elsewhere)
    shutil.rmtree(project)
    monkeypatch.delenv("LAB_ROOT")
    monkeypatch.chdir(tmp_path)

    def refuse(*_: object) -> None:
        pytest.fail("the catalogue was read")

    monkeypatch.setattr("lab.catalog.load_catalog", refuse)
    assert told(lab, elsewhere) == before


def test_rows_of_a_run_with_duets_and_others_are_explained(lab: Lab, project: Path) -> None:
    path = keep_table(project)
    cells = {cell.row: cell.key for cell in RunFolder(path=path).read_run().cells}
    turn = make_turn(0, 2.0, 2.0, 2.0, cell=cells["proxied-pool"], reference=cells["again"])
    RunFolder(path=path).append_duet(turn)
    assert lab("explain", "proxied-pool").code == 0
    assert "has not been measured" in lab("explain", "proxied@one", "--workload", "ping").out


def test_a_row_that_is_asked_for_something_else_than_its_source_asked_is_not_called_impossible(lab: Lab) -> None:
    assert "cannot be true" not in lab("explain", "proxied-pool", "--workload", "ping", "--connections", "7").out


def test_a_run_that_cannot_be_read_hides_no_other(lab: Lab, project: Path) -> None:
    keep_run(project, rounds=2)
    _, folder = store.create(project)
    (folder.path / "run.json").write_text('{"schema_version": 2}')
    ended = lab("list", "runs", "--json")
    assert (ended.code, len(json.loads(ended.out))) == (0, 1)
    assert "an older lab wrote it" in ended.err


@pytest.fixture
def planned(lab: Lab, project: Path, monkeypatch: pytest.MonkeyPatch) -> Planned:
    """What a command line would measure: everything happens up to the first container."""

    def stop(*_: object, **__: object) -> None:
        raise LabError("planned")

    monkeypatch.setattr(probe, "require", lambda: SimpleNamespace(summary=dict))
    monkeypatch.setattr(bench, "carry_out", stop)

    def plan(*arguments: str) -> Run:
        assert "planned" in lab(*arguments).err
        return store.find(project).read_run()

    return plan


def add_table(project: Path, name: str, *lines: str) -> None:
    """A copy of the project's table with further keys."""
    table = project / "experiments/articles.yaml"
    text = table.read_text().replace("same_as: articles/", f"same_as: {name}/")
    (table.parent / f"{name}.yaml").write_text("".join(f"{line}\n" for line in lines) + text)


@pytest.mark.parametrize(("options", "tables"), [(("--all",), {"articles"}), (("--table", "own"), {"own"})])
def test_all_means_what_was_published(
    planned: Planned, project: Path, options: tuple[str, ...], tables: set[str]
) -> None:
    add_table(project, "own", "origin: lab")
    assert {cell.table for cell in planned("bench", *options).cells} == tables


@pytest.mark.parametrize(
    "command", [("bench", "--table", "shared", "--table", "articles"), ("compare", "--table", "shared")]
)
def test_a_table_that_says_where_stack_and_load_sit_has_a_budget_of_its_own(
    planned: Planned, project: Path, command: tuple[str, ...]
) -> None:
    add_table(project, "shared", "placement: colocated")
    run = planned(*command, "--cpus", "2", "--memory", "1g")
    assert run.budget_of("shared").label == "2 cores, 1 GiB, colocated"
    assert run.budget_of("articles").label == "1 of 2 cores, 1 GiB, isolated"


@pytest.fixture
def interrupted(planned: Planned, project: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run of this project, this host and this engine that was not finished."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(project.parents[1]))
    assert project.is_dir()
    return planned("bench", "plain")


def test_a_run_goes_on_where_nothing_has_changed(lab: Lab, interrupted: Run) -> None:
    assert "planned" in lab("bench", "--resume", interrupted.id).err


def test_a_run_does_not_go_on_where_something_has_changed_which_is_named(
    lab: Lab, project: Path, interrupted: Run
) -> None:
    folder = store.find(project, interrupted.id)
    folder.write_run(replace(interrupted, git_revision="beef", engine={**interrupted.engine, "server": "1"}))
    ended = lab("bench", "--resume", interrupted.id)
    assert ended.code == 2
    assert "git revision: beef → unknown" in ended.err
    assert "engine: server: 1 → unknown" in ended.err
    assert f"lab bench --resume {interrupted.id} --anyway" in ended.err


def test_a_run_that_goes_on_anyway_carries_the_mark(
    lab: Lab, project: Path, interrupted: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.find(project, interrupted.id).write_run(replace(interrupted, git_revision="beef"))
    going_on: list[Run] = []
    monkeypatch.setattr(bench, "carry_out", lambda _catalog, run, *_, **__: going_on.append(run))
    monkeypatch.setattr(outcome, "show", lambda *_, **__: None)
    assert lab("bench", "--resume", interrupted.id, "--anyway").code == 0
    assert [run.resumed_anyway for run in going_on] == [("git revision: beef → unknown",)]


def test_a_dry_run_tells_rows_minutes_and_disk_and_starts_nothing(
    lab: Lab, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "needed", lambda _catalog, _pairs: (("lab/app", "lab/load"), None))
    ended = lab("bench", "--table", "articles", "--dry-run")
    assert ended.code == 0, ended.err
    assert "3 of 1 table, 5 rounds each: 15 rounds" in ended.out
    assert "min" in ended.out
    assert "2, no engine to ask which exist" in ended.out
    assert folders.runs(project) == []
    found = json.loads(lab("bench", "plain", "--dry-run", "--json", "--rounds", "2").out)
    assert (found["rows"], found["rounds"], found["missing_images"]) == (1, 2, None)
    assert found["disk_mib"] > 0


@pytest.mark.parametrize(
    ("command", "rows"),
    [
        (("compare", "--table", "articles"), "3 of 1 table"),
        (("compare", "proxied"), "of stacks given by name"),
        (("footprint", "plain"), "1 of stacks given by name"),
    ],
)
def test_every_command_that_measures_has_a_dry_run(
    command: tuple[str, ...], rows: str, lab: Lab, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "needed", lambda _catalog, _pairs: (("lab/app",), ()))
    ended = lab(*command, "--dry-run")
    assert ended.code == 0, ended.err
    assert rows in ended.out
    assert folders.runs(project) == []
    refused = lab(*command, "--dry-run", "--wait", "5")
    assert (refused.code, "--dry-run starts nothing" in refused.err) == (2, True)


def test_a_dry_run_counts_duets_says_its_time_in_a_fit_unit_and_stacks_by_name_as_what_they_are(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "needed", lambda _catalog, _pairs: ((), None))

    def told(*options: str) -> str:
        return lab("bench", "plain", "proxied", "--dry-run", *options).out

    def minutes(*options: str) -> float:
        return float(json.loads(told("--json", *options))["minutes"])

    assert "2 of stacks given by name, 5 rounds each: 10 rounds" in told()
    assert "2 of stacks given by name, 1 round each: 2 rounds" in told("--rounds", "1")
    one = (60 + TURN_S) / 60  # of two stacks one is the reference
    assert minutes("--duet", "60") - minutes("--duet", "0") == pytest.approx(one)
    assert minutes("--duet", "60", "--duet-idle") - minutes("--duet", "0") == pytest.approx(2 * one)
    assert minutes("--until", "3%", "--within", "30m") - minutes("--duet", "0") == pytest.approx(30)
    assert "about 101 min" in told("--duet", "6000")
    assert "about 3 hours" in told("--duet", "12000")
    assert "about 4 days" in told("--duet", "360000")
    assert "more than a year" in told("--duet", "99999999")


def test_a_stack_that_is_named_twice_is_said_to_be_one_row(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "needed", lambda _catalog, _pairs: ((), None))
    ended = lab("bench", "proxied", "proxied@one", "plain", "--dry-run")
    assert "proxied and proxied@one are the same: one row, proxied@one" in ended.err
    assert "plain" not in ended.err
    assert "2 of stacks" in ended.out


def test_a_stack_alone_is_not_compared(lab: Lab, project: Path) -> None:
    for named in ("plain", "proxied@pool"):
        ended = lab("compare", named)
        assert (ended.code, ended.out) == (2, "")
        assert "there is nothing to compare" in ended.err
        assert "next:" in ended.err
    assert folders.runs(project) == []


def test_variants_are_compared_as_it_is_said(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    planned: list[tuple[str | None, int | None]] = []

    def from_targets(*_: object, options: PlanOptions, **__: object) -> tuple[Cell, ...]:
        planned.append((options.workload, options.connections))
        return (make_cell(),)

    monkeypatch.setattr(plan, "from_targets", from_targets)
    lab("compare", "proxied", "--workload", "health")
    lab("compare", "proxied", "-c", "8")
    assert planned == [("health", None), (None, 8)]
    for option in (("--workload", "health"), ("--connections", "8")):
        refused = lab("compare", *option)
        assert refused.code == 2
        assert "a table says what is asked" in refused.err


def test_of_a_table_its_rows_are_named_and_of_a_row_that_it_lacks_its_own(lab: Lab) -> None:
    table = lab("explain", "articles")
    assert (table.code, table.out) == (2, "")
    assert "articles is a table" in table.err
    assert "its rows: proxied-pool, plain, again" in table.err
    assert "lab explain articles/proxied-pool" in table.err
    row = lab("explain", "articles/nope")
    assert "there is no row named 'nope'" in row.err
    assert "where: table articles" in row.err
    assert "known: again, plain, proxied-pool" in row.err


def test_a_stack_is_asked_at_a_rate_whether_it_was_typed_or_is_a_variable(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned: list[Cell] = []

    def stop(_catalog: object, cells: tuple[Cell, ...], **_: object) -> None:
        planned.extend(cells)
        raise LabError("planned")

    monkeypatch.setattr(bench, "start", stop)
    assert "planned" in lab("bench", "plain", "--rate", "50", "--arrivals", "poisson").err
    monkeypatch.setenv("LAB_RATE", "60")
    assert "planned" in lab("bench", "plain", "--duration", "2").err
    assert [cell.load for cell in planned] == [
        Open(rate=50, arrivals="poisson", duration_s=6),
        Open(rate=60, duration_s=2),
    ]


def test_an_older_run_does_not_keep_a_row_from_being_explained_beforehand(lab: Lab, project: Path) -> None:
    keep_run(project, rounds=1)
    (path,) = project.glob("results/*/run.json")
    path.write_text('{"schema_version": 3}')
    ended = lab("explain", "proxied-pool")
    assert (ended.code, "at most 400/s" in ended.out) == (0, True)
    assert "1 mistake in the files of a run" in ended.err
    assert lab("explain", "proxied-pool", "--run", path.parent.name).code == 2


def test_a_run_is_listed_by_the_name_of_its_folder(lab: Lab, project: Path) -> None:
    keep_run(project, rounds=1)
    (path,) = project.glob("results/*")
    shutil.copytree(path, path.with_name("copied"))
    assert sorted(run["id"] for run in json.loads(lab("list", "runs", "--json").out)) == sorted([path.name, "copied"])

import json
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab import cli, store
from lab.cli import options, outcome
from lab.cli.progress import Lines, expected_s
from lab.errors import UsageError
from lab.model import Cell
from lab.store import RunFolder
from tests.unit.unit_factories import edit, line_of, make_cell, make_deployment, make_machine, make_run, make_sample


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


Lab = Callable[..., Ended]


@pytest.fixture
def lab(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Lab]:
    """The command line in a small project, on a machine of two cores where no engine can be reached."""
    monkeypatch.setenv("LAB_ROOT", str(project))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{project}/no-engine.sock")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(options, "probe", lambda: make_machine(cores=((0,), (1,)), memory_mib=3072))
    # The files of a report have tests of their own, and drawing them takes a second a time.
    monkeypatch.setattr("lab.report.write_all", lambda _results, folder: (folder / "report.html",))
    before = signal.getsignal(signal.SIGTERM)

    def run(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["lab", *arguments])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        said = capsys.readouterr()
        code = caught.value.code
        return Ended(code if isinstance(code, int) else 0, said.out, said.err)

    yield run
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("describe", "proxyed"), ("there is no stack named 'proxyed'", "did you mean 'proxied'?")),
        (("describe", "proxied@pol"), ("there is no variant named 'pol'", "did you mean 'pool'?")),
        (("up", "plane", "--dry-run"), ("there is no stack named 'plane'", "did you mean 'plain'?")),
        (("up", "plain", "--set", "HEALTH_DELY=1"), ("no setting named 'HEALTH_DELY'", "'HEALTH_DELAY'?")),
        (("up", "plain", "--set", "nonsense"), ("'nonsense' is not a setting", "write it as KEY=VALUE")),
        (("up", "plain", "--memory", "lots"), ("'lots' is not an amount of memory", "write it as 4g or 512m")),
        (("bench", "plane"), ("there is no stack named 'plane'", "did you mean 'plain'?")),
        (("bench", "plain", "--workload", "pong"), ("there is no workload named 'pong'", "did you mean 'ping'?")),
        (("bench", "--table", "article"), ("there is no table named 'article'", "did you mean 'articles'?")),
        (("compare", "--table", "artcles"), ("there is no table named 'artcles'", "did you mean 'articles'?")),
        (("explain", "proxied-pol"), ("there is no row or stack named", "did you mean 'proxied-pool'?")),
        (("bench",), ("say what to measure", "--resume RUN")),
        (("bench", "plain", "--all"), ("say what to measure", "--resume RUN")),
        (("bench", "--resume", "2026"), ("there is no run named '2026'",)),
        (("report",), ("there is no run yet", "lab compare")),
        (("list", "nonsense"), ("stacks",)),
        (("up", "plain", "--port", "70000"), ("--port",)),
        (("up", "plain", "--cpus", "0"), ("--cpus",)),
        (("nonsense",), ("nonsense",)),
    ],
)
def test_bad_usage_ends_with_2_and_says_what_next(lab: Lab, arguments: tuple[str, ...], said: tuple[str, ...]) -> None:
    ended = lab(*arguments)
    assert ended.code == 2
    assert ended.out == ""
    for text in said:
        assert text in ended.err


@pytest.mark.parametrize(
    "arguments",
    [("explain", "proxied-pool", "--workload", "pong"), ("bench", "--table", "articles", "--workload", "pong")],
)
def test_a_workload_that_rows_do_not_offer_is_refused_with_the_nearest(lab: Lab, arguments: tuple[str, ...]) -> None:
    ended = lab(*arguments)
    assert ended.code == 2
    assert "did you mean 'ping'?" in ended.err


def test_mistakes_in_files_end_with_2_and_are_told_at_once(lab: Lab, project: Path) -> None:
    path = project / "compose/proxied.yaml"
    edit(path, "  title:", "  titel:")
    edit(project / "experiments/articles.yaml", "pins: seed", "pins: old")
    ended = lab("list")
    assert ended.code == 2
    assert f"compose/proxied.yaml:{line_of(path, 'titel')}: x-lab.titel: is not a key known here" in ended.err
    assert "experiments/articles.yaml:3: pins:" in ended.err
    assert "Traceback" not in ended.err


def test_more_than_the_host_has_is_refused_if_it_must_be_exact(lab: Lab) -> None:
    ended = lab("describe", "plain", "--exact")
    assert ended.code == 3
    assert "1 of 4 cores, 2 GiB of 4 GiB, isolated" in ended.err


def test_without_an_engine_a_bench_ends_with_3(lab: Lab) -> None:
    ended = lab("bench", "plain")
    assert ended.code == 3
    assert "next:" in ended.err


def test_stacks_are_listed_for_people_and_programs(lab: Lab) -> None:
    assert [line.split()[0] for line in lab("list").out.splitlines()] == ["stack", "plain", "proxied"]
    assert json.loads(lab("list", "--json").out)[1] == {
        "name": "proxied",
        "title": "Proxy → App",
        "variants": ["one", "pool"],
        "workloads": ["health", "ping"],
    }


@pytest.mark.parametrize(("what", "names"), [("tables", ["articles"]), ("workloads", ["health", "ping", "ready"])])
def test_tables_and_workloads_are_listed(lab: Lab, what: str, names: list[str]) -> None:
    assert [line.split()[0] for line in lab("list", what).out.splitlines()[1:]] == names
    assert [one["name"] for one in json.loads(lab("list", what, "--json").out)] == names


def test_runs_are_listed(lab: Lab, project: Path) -> None:
    assert json.loads(lab("list", "runs", "--json").out) == []
    identity, folder = store.create(project)
    folder.write_run(make_run(id=identity))
    (found,) = json.loads(lab("list", "runs", "--json").out)
    assert (found["id"], found["cells"], found["finished_at"]) == (identity, 0, None)


def test_a_stack_is_described_with_its_share_of_this_host(lab: Lab) -> None:
    out = lab("describe", "proxied").out
    assert "budget     1 of 4 cores, 2 GiB of 4 GiB, isolated: stack on CPU 0, load on CPU 1" in out
    assert "1792 MiB" in out
    data = json.loads(lab("describe", "proxied", "--json").out)
    assert data["memory_mib"] == {"proxy": 256, "app": 1792}
    assert data["settings"] == ["HEALTH_DELAY", "THREADS", "WORKERS"]


def test_a_dry_run_prints_what_would_run_and_runs_nothing(lab: Lab, project: Path) -> None:
    ended = lab("up", "proxied@pool", "--set", "THREADS=2", "--port", "8090", "--dry-run")
    budget, command = ended.out.splitlines()
    assert ended.code == 0
    assert budget == "# budget: 1 of 4 cores, 2 GiB of 4 GiB, isolated"
    assert command.startswith("LAB_PINS=current LAB_PORT=8090 THREADS=2 WORKERS=4 docker compose --project-name")
    assert command.endswith("up --detach --no-build --wait --wait-timeout 60")
    assert (project / "results/up/proxied/override.yaml").is_file()


def test_options_come_from_the_environment_too(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_CPUS", "1")
    monkeypatch.setenv("LAB_MEMORY", "1g")
    monkeypatch.setenv("LAB_COLOCATED", "1")
    assert json.loads(lab("describe", "plain", "--json").out)["budget"]["label"] == "1 core, 1 GiB, colocated"


def test_a_row_is_explained_before_it_is_measured(lab: Lab) -> None:
    story = json.loads(lab("explain", "proxied-pool", "--json").out)["articles/proxied-pool/seed"]
    assert any("at most 400/s" in sentence for sentence in story)


def keep_run(project: Path, *, rounds: int) -> Cell:
    cell = make_cell(deployment=make_deployment(variant="pool"), row="measured")
    identity, folder = store.create(project)
    folder.write_run(make_run([cell], id=identity, phases_s={"load": 8.0, "start": 2.0, "total": 10.0}))
    for number in range(rounds):
        folder.append(make_sample(number, cell=cell.key))
    return cell


def test_a_measured_row_is_explained_from_its_figures(lab: Lab, project: Path) -> None:
    keep_run(project, rounds=2)
    assert "Measured: 1,000/s (1,000–1,000) over 2 rounds" in lab("explain", "measured").out


def test_a_run_is_read_again_without_an_engine(lab: Lab, project: Path) -> None:
    keep_run(project, rounds=2)
    ended = lab("compare", "--run", store.runs(project)[0], "--json")
    assert ended.code == 0
    assert json.loads(ended.out)["cells"][0]["requests_per_second"]["value"] == pytest.approx(1000)
    assert "10 s, of which load was offered 80% (load 8 s, start 2 s)" in ended.err


def test_a_run_in_which_nothing_can_be_believed_ends_with_7(lab: Lab, project: Path) -> None:
    keep_run(project, rounds=1)
    ended = lab("compare", "--run", store.runs(project)[0])
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


def test_a_run_without_a_valid_row_has_no_chart_and_says_so(lab: Lab, project: Path) -> None:
    keep_run(project, rounds=1)
    ended = lab("report", "--format", "svg")
    assert (ended.code, ended.out) == (7, "")
    assert "no valid row to draw" in ended.err


@pytest.mark.parametrize("command", [("report",), ("compare", "--run")])
def test_a_damaged_journal_is_told_whenever_its_run_is_read(lab: Lab, project: Path, command: tuple[str, ...]) -> None:
    keep_run(project, rounds=2)
    identity = store.runs(project)[0]
    with (project / "results" / identity / "samples.jsonl").open("a") as file:
        file.write('{"cell": "to')
    assert "samples.jsonl:3: damaged; 2 samples before it are kept" in lab(*command, identity).err


def test_the_version_is_printed(lab: Lab) -> None:
    assert lab("--version").out.startswith("lab 0.")


@pytest.mark.parametrize("command", [*cli.PANELS])
def test_every_command_has_help(lab: Lab, command: str) -> None:
    ended = lab(command, "--help")
    assert ended.code == 0
    assert "Usage" in ended.out


def test_help_names_every_command(lab: Lab) -> None:
    out = lab("--help").out
    assert all(f" {command} " in out for command in cli.PANELS)


@pytest.mark.parametrize(
    ("text", "mib"), [("4g", 4096), ("512m", 512), ("512 MiB", 512), ("1GB", 1024), ("65536k", 64), ("67108864", 64)]
)
def test_memory_is_read_in_the_usual_units(text: str, mib: int) -> None:
    assert options.read_memory(text) == mib


@pytest.mark.parametrize("text", ["", "4x", "-4g", "63m", "4g4", "1.5.0g", "0"])
def test_nonsense_is_no_amount_of_memory(text: str) -> None:
    with pytest.raises(UsageError, match="not an amount of memory"):
        options.read_memory(text)


def test_settings_are_pairs_whose_values_may_hold_anything() -> None:
    assert options.read_settings(["A=1", "B=x=y", "C="]) == {"A": "1", "B": "x=y", "C": ""}
    assert options.read_settings(None) == {}
    with pytest.raises(UsageError):
        options.read_settings(["=1"])


def test_both_pins_are_measured_seed_first() -> None:
    assert options.pins_of("both") == ("seed", "current")
    assert options.pins_of("seed") == ("seed",)


def test_the_shell_completes_stacks_then_their_variants(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_ROOT", str(project))
    assert options.complete_targets("p") == ["plain", "proxied"]
    assert options.complete_targets("proxied@p") == ["proxied@pool"]
    assert options.complete_tables("art") == ["articles"]
    edit(project / "compose/plain.yaml", "title:", "titel:")
    edit(project / "experiments/articles.yaml", "stack: plain", "stack: plain@default")
    assert options.complete_targets("p") == []


def test_progress_off_a_terminal_is_one_line_a_step(capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run([make_cell()], rounds=3)
    lines = Lines(run)
    lines.starting(make_deployment())
    lines.measuring(make_cell(), 0)
    lines.warn("hot")
    said = capsys.readouterr()
    assert said.out == ""
    told = [line.split(" s  ", 1)[-1] for line in said.err.splitlines()]
    assert told[1:] == ["start proxied@one (current)", "round 1/3 articles/alpha (current)", "warning: hot"]
    assert expected_s(run) == pytest.approx(3 * 11.5)


def test_a_run_that_is_not_finished_has_no_share_of_load() -> None:
    assert outcome.time_spent({}) == "the run is not finished"

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lab import cli
from tests.unit.cli.cli_driving import Lab
from tests.unit.unit_project import edit, line_of


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
        (("describe", "nope"), ("there is no stack named 'nope'", "known: plain, proxied")),
        (("describe", "plain@"), ("'plain@' lacks a variant after its @", "lab describe plain")),
        (("describe", "@"), ("'@' lacks the name of a stack", "lab list")),
        (("break", "plain@", "killed"), ("'plain@' lacks a variant after its @",)),
        (("describe", "plain", "--cpus", "999"), ("999 cores are more than any machine", "at most 512")),
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
    [
        ("footprint", "./shop"),
        ("build", "./shop"),
        ("load", "./shop", "--locust"),
        ("break", "./shop", "killed"),
    ],
)
def test_what_is_not_for_projects_says_so(lab: Lab, arguments: tuple[str, ...]) -> None:
    ended = lab(*arguments)
    assert (ended.code, ended.out) == (2, "")
    said = f"./shop is a project of your own, and `lab {arguments[0]}` takes only stacks that came with the lab"
    assert said in ended.err


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
    ended = lab("list", "tables")
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


def test_a_full_disk_is_told_in_words() -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [Path(sys.executable).parent / "lab", "list"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "No space left on device" in ended.stderr

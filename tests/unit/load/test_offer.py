"""The script that runs wrk in the load container, with a wrk and a clock of the test's own."""

import json
import os
import subprocess
from pathlib import Path

import pytest

OFFER = Path(__file__).parents[3] / "stacks/load/offer"
WRK = """\
#!/bin/bash
threads=$2 connections=$4 duration=$6
url=${@: -1}
printf '{"threads": "%s", "connections": "%s", "told": "%s", "duration": "%s", "url": "%s"}\\n' \\
   "$threads" "$connections" "$LAB_CONNECTIONS" "$duration" "$url"
if ((LAB_LATER_S)); then echo "{later $LAB_LATER_S}"; fi
if [[ $connections == "${FAILS:-}" ]]; then echo "unable to connect" >&2; exit 1; fi
"""
SLEEP = '#!/bin/bash\necho "slept $1"\n'


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    for name, text in (("wrk", WRK), ("sleep", SLEEP)):
        path = tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
    return tmp_path / "bin"


def offer(tools: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """PROCESSES THREADS CONNECTIONS DURATION_S RAMP_TENTHS URL."""
    return subprocess.run(
        ["bash", OFFER, *arguments],
        env={"PATH": f"{tools}:{os.environ['PATH']}", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("processes", "total", "shares"),
    [("1", "7", ["7"]), ("2", "10001", ["5001", "5000"]), ("3", "20", ["7", "7", "6"]), ("2", "4", ["2", "2"])],
)
def test_connections_are_spread_over_the_processes_and_none_is_lost(
    tools: Path, processes: str, total: str, shares: list[str]
) -> None:
    done = offer(tools, processes, "1", total, "4", "10", "http://proxy:8080/health")
    assert done.returncode == 0, done.stderr
    reports = [line for line in done.stdout.splitlines() if line.startswith("{")]
    assert reports == [
        f'{{"threads": "1", "connections": "{share}", "told": "{share}", "duration": "4s", '
        '"url": "http://proxy:8080/health"}'
        for share in shares
    ]


def test_the_marks_come_when_ramp_and_load_are_over_between_two_readings_of_the_hosts_cpu(tools: Path) -> None:
    lines = offer(tools, "1", "1", "1", "4", "5", "http://a").stdout.splitlines()
    kinds = ["cpu" if line.startswith("cpu ") else "{" if line.startswith("{") else line for line in lines]
    assert kinds == ["cpu", "slept 0.5", "ramp", "slept 3.5", "over", "cpu", "{"]


def test_clients_that_are_added_begin_later_and_all_end_together(tools: Path) -> None:
    lines = offer(tools, "3", "1", "6", "10", "60", "http://a", "2").stdout.splitlines()
    assert [line for line in lines if not line.startswith(("cpu", "{"))] == [
        "slept 2",
        "slept 2",
        "slept 2.0",
        "ramp",
        "slept 4.0",
        "over",
    ]
    durations = [json.loads(line)["duration"] for line in lines if line.startswith('{"')]
    assert durations == ["10s", "8s", "6s"]
    assert [line for line in lines if line.startswith("{later")] == ["{later 2}", "{later 4}"]


def test_a_process_that_fails_fails_the_round_with_its_words(tools: Path) -> None:
    done = offer(tools, "2", "1", "5", "1", "2", "http://a", FAILS="2")
    assert done.returncode == 1
    assert "unable to connect" in done.stdout


def test_a_script_of_somebodys_own_is_handed_to_wrk_as_it_is(tools: Path) -> None:
    (tools / "wrk").write_text(f'{WRK}cat "$LAB_SCRIPT_FILE" >&2; echo "[${{LAB_SCRIPT:-}}]" >&2; exit 1\n')
    script = "-- mine\nfunction request() return '\\n%s' end\n"
    done = offer(tools, "1", "1", "1", "4", "5", "http://a", LAB_SCRIPT=script)
    assert f"{script}[]\n" in done.stdout


def test_a_process_that_reports_nothing_fails_the_round_with_its_words(tools: Path) -> None:
    (tools / "wrk").write_text("#!/bin/bash\necho 'script.lua:1: unexpected symbol' >&2\n")
    done = offer(tools, "1", "1", "1", "4", "5", "http://a")
    assert done.returncode == 1
    assert "script.lua:1: unexpected symbol" in done.stdout

"""What `lab` says to input it cannot work with: what, where, what next, and an exit code of its kind."""

import json
import os
import socket
import stat
from pathlib import Path

import pytest
from docker import DockerClient

from tests.e2e.driving import Lab, add_stack, labelled, networks

pytestmark = pytest.mark.xdist_group("lab")

STACK = "gunicorn-flask"
BAD_TABLE = """\
title: A table with everything wrong
source: {author: nobody}
workload: ping
load: {threads: 2, duration_s: 5}
published_duration_s: 30
rows:
  - {id: unknown, stack: gni, load: {connections: 10},
     published:
       {mean_s: 0.1}}
  - id: unloaded
    stack: gin@fast
"""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["up", "gunicorn-flsk"], "did you mean 'gunicorn-flask'?"),
        (["upp"], "No such command"),
    ],
)  # every other way to be wrong: tests/unit/cli/test_cli.py
def test_a_wrong_word_is_exit_2_with_the_nearest_right_one(lab: Lab, arguments: list[str], said: str) -> None:
    done = lab(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_every_mistake_of_every_file_is_told_at_once(lab: Lab, project: Path) -> None:
    gin = project / "compose" / "gin.yaml"
    gin.write_text(gin.read_text().replace("tiers:", "teirs:"))
    table = project / "experiments" / "headline.yaml"
    table.write_text(table.read_text().replace("stack: go-nethttp", "stack: go-netttp"))
    done = lab("list", "tables")
    assert done.returncode == 2
    assert "compose/gin.yaml:" in done.stderr
    assert "x-lab.teirs: is not a key known here" in done.stderr
    assert "x-lab.tiers: is missing" in done.stderr
    assert "there is no stack 'go-netttp'" in done.stderr


def test_every_mistake_of_a_table_is_told_at_once_with_its_line(lab: Lab, project: Path) -> None:
    path = project / "experiments" / "bad.yaml"
    path.write_text(BAD_TABLE)
    done = lab("bench", "--table", "bad")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "lab: 4 mistakes in the project's files:",
        "  experiments/bad.yaml:9: rows.0.published.mean_s: is not a key known here: did you mean 'mean_ms'?",
        "  experiments/bad.yaml:7: rows.0.stack: there is no stack 'gni' in compose/",
        "  experiments/bad.yaml:10: rows.1: has no load: connections stands neither here nor in the table's load",
        "  experiments/bad.yaml:11: rows.1.stack: 'gin' has no variant 'fast'",
    ]


def test_a_port_that_is_taken_is_named_with_its_holder_and_nothing_is_created(lab: Lab, engine: DockerClient) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        done = lab("up", STACK, "--port", str(port))
    assert done.returncode == 3
    assert f"port {port}" in done.stderr
    assert f"(pid {os.getpid()})" in done.stderr
    assert labelled(engine) == []
    assert networks(engine) == []


@pytest.mark.parametrize("command", [["up", "gin"], ["bench", "gin"], ["ps"], ["build", "gin"]])
def test_an_engine_that_does_not_answer_is_exit_3_with_the_fix(lab: Lab, command: list[str]) -> None:
    done = lab(*command, DOCKER_HOST="unix:///nonexistent/docker.sock")
    assert done.returncode == 3
    assert "next:" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_client_without_compose_is_exit_3_with_the_fix(lab: Lab, tmp_path: Path) -> None:
    old = tmp_path / "bin" / "docker"
    old.parent.mkdir()
    info = {"ClientInfo": {"Version": "20.10.24", "Plugins": []}, "ServerVersion": "20.10.24"}
    old.write_text(f"#!/bin/sh\necho '{json.dumps(info)}'\n")
    old.chmod(old.stat().st_mode | stat.S_IXUSR)
    done = lab("up", "gin", PATH=f"{old.parent}:{os.environ['PATH']}")
    assert done.returncode == 3
    assert "compose" in done.stderr
    assert "lab engine up" in done.stderr


def test_a_stack_that_never_gets_healthy_shows_its_last_lines_and_is_gone(
    lab: Lab, project: Path, engine: DockerClient
) -> None:
    add_stack(project, "broken", "print('the disk is on fire'); raise SystemExit(3)")
    done = lab("up", "broken", "--port", "0")
    assert done.returncode == 4
    assert "the disk is on fire" in done.stderr
    assert labelled(engine) == []
    assert networks(engine) == []


def test_more_than_the_host_has_is_scaled_and_labelled_or_refused(lab: Lab) -> None:
    described = json.loads(lab.ok("describe", "gin", "--cpus", "512", "--json"))
    assert " of 512 cores" in described["budget"]["label"]
    done = lab("up", "gin", "--cpus", "512", "--exact")
    assert done.returncode == 3
    assert "of 512 cores" in done.stderr


def test_the_shell_completes_stacks_and_variants(lab: Lab) -> None:
    done = lab(COMP_WORDS="lab up gunicorn-flask@g", COMP_CWORD="2", _LAB_COMPLETE="complete_bash")
    assert done.stdout.split() == ["gunicorn-flask@gthread", "gunicorn-flask@gevent"]

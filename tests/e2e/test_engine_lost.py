"""An engine that goes away in the middle of whatever `lab` does with it: a relay before its socket, which is cut.

What is under way is held by the test, so that it is not over before the engine is gone.
"""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker import DockerClient

from lab.errors import Inconclusive
from tests.e2e.counting import Engine, between
from tests.e2e.driving import Lab, Running, add_held, add_stack, eventually, is_at_work, labelled, only_run

pytestmark = pytest.mark.xdist_group("lab")


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Engine]:
    with between(tmp_path) as relay:
        yield relay


def ends_in_words(running: Running) -> None:
    code, said = running.finish()
    assert "Traceback" not in said
    assert code == 3, said


@pytest.mark.parametrize("number", [1, 2])
def test_a_benchmark_ends_in_words_and_can_be_resumed(
    lab: Lab, project: Path, engine: DockerClient, relay: Engine, number: int
) -> None:
    held = add_held(project)
    held.in_round(number)
    running = lab.start("bench", "--table", "held", "--rounds", "2", DOCKER_HOST=relay.host)
    running.wait_for(f"round {number}/2")
    relay.cut()
    ends_in_words(running)
    held.let_go()
    resumed = lab("bench", "--resume", only_run(project).name)
    assert resumed.returncode in (0, Inconclusive.exit_code), resumed.stderr
    assert len((only_run(project) / "samples.jsonl").read_text().splitlines()) == 2
    assert labelled(engine) == []


def test_bringing_a_stack_up_ends_in_words(lab: Lab, project: Path, engine: DockerClient, relay: Engine) -> None:
    add_stack(project, "silent", "import signal; signal.pause()")  # never healthy, so `up` is still at it
    running = lab.start("up", "silent", "--port", "0", DOCKER_HOST=relay.host)
    assert eventually(lambda: bool(labelled(engine)))
    relay.cut()
    code, said = running.finish()
    assert "Traceback" not in said
    assert code in (3, 4), said


def test_a_build_ends_in_words(lab: Lab, project: Path, relay: Engine) -> None:
    dockerfile, mark = project / "stacks/python/Dockerfile", f"{uuid.uuid4().int}"
    dockerfile.write_text(f"{dockerfile.read_text()}RUN sleep {mark}\n")
    running = lab.start("build", "gunicorn-flask", DOCKER_HOST=relay.host)
    assert eventually(lambda: is_at_work(mark))
    relay.cut()
    code, said = running.finish()
    assert "Traceback" not in said
    assert code in (1, 3), said
    assert eventually(lambda: not is_at_work(mark)), "the engine goes on building for nobody"


@pytest.mark.parametrize("phase", ["kill 1 of 9"])
def test_a_check_of_orders_ends_in_words(lab: Lab, relay: Engine, phase: str) -> None:
    running = lab.start("check", "service-gin", "--orders", "--kills", "9", DOCKER_HOST=relay.host)
    running.wait_for(phase)
    relay.cut()
    ends_in_words(running)

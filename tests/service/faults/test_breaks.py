"""`lab break` as a user runs it, on one stack: what it says is so, it is undone whatever happens, nothing is left."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from docker import DockerClient

from lab.engine.client import from_environment
from lab.engine.inventory import LABEL_PROJECT
from tests.e2e.driving import LAB
from tests.service.stacks import CATALOG, DIRECT

pytestmark = pytest.mark.xdist_group("lab")
STACK = DIRECT[0].name
QUICK = ("--at=2", "--for=2", "--rate=20", "--seed=4")
TURN_WITHIN_S, LONGEST_S = 1200, 1700


@pytest.fixture(scope="module")
def engine() -> Iterator[DockerClient]:
    client = from_environment()
    yield client
    client.close()


def started(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [LAB, "break", STACK, *arguments],
        cwd=CATALOG.root,
        env={**os.environ, "LAB_WAIT": str(TURN_WITHIN_S)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def broken(fault: str, *options: str) -> dict[str, Any]:
    """What `lab break` says of one fault; it ends well."""
    process = started(fault, *options, "--json")
    output, errors = process.communicate(timeout=LONGEST_S)
    assert process.returncode == 0, output + errors
    (made,) = json.loads(output)["breaks"]
    assert all(promise["kept"] for promise in made["promises"])
    assert made["acknowledged"] > 0
    return dict(made)


def left(engine: DockerClient, slug: str) -> list[str]:
    """Containers of a project that was made for a fault."""
    found = engine.containers.list(all=True, ignore_removed=True, filters={"label": LABEL_PROJECT})
    return [str(container.name) for container in found if slug in container.labels[LABEL_PROJECT]]


def failures(made: dict[str, Any], phase: str) -> set[str]:
    (seen,) = (seen for seen in made["phases"] if seen["name"] == phase)
    return set(seen["failures"])


def test_who_asks_while_postgres_is_dead_is_told_so_and_no_order_is_lost(
    service_images: None, engine: DockerClient
) -> None:
    made = broken("killed:postgres", *QUICK)
    assert "unavailable" in failures(made, "during")
    assert made["evidence"] == "started again"
    assert left(engine, "killed-postgres") == []


def test_an_emptied_redis_signs_everybody_out_and_a_newcomer_in(service_images: None, engine: DockerClient) -> None:
    made = broken("emptied", "--at=2", "--rate=20")
    assert "signed out" not in failures(made, "before")
    assert "signed out" in failures(made, "after")
    assert made["recovery_s"] is not None


def test_a_full_disk_refuses_orders_and_takes_them_again(service_images: None, engine: DockerClient) -> None:
    made = broken("disk-full:postgres", *QUICK)
    assert "MiB were written until it was full" in made["evidence"]
    assert left(engine, "disk-full-postgres") == []


def test_ctrl_c_in_the_middle_of_a_fault_leaves_nothing(service_images: None, engine: DockerClient) -> None:
    process = started("paused:redis", "--at=1", "--for=600")
    assert process.stderr is not None
    assert any("redis paused" in line and "starting" not in line for line in process.stderr)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=LONGEST_S)
    assert process.returncode == 130, errors
    assert left(engine, "paused-redis") == []

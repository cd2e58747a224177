"""What was acknowledged is neither lost nor done twice, whatever is killed: `lab check --orders`, as a user runs it."""

import json
import os
import subprocess
from collections.abc import Iterator

import pytest

from lab.model import Stack
from tests.e2e.driving import LAB
from tests.service.stacks import CATALOG, DIRECT, parameters, variant

KILLS = {"async": (4, 4, 4), "sync": (3, 3, 2)}
"""Per stack; 20 in all. Four kills reach every service once."""
SEED = 6
"""It draws the application first, then Postgres: no order gets an answer while either is down.

A worker or a Redis that is down need not delay an order: of two such kills no client may notice anything.
"""


TURN_WITHIN_S, LONGEST_S = 1200, 1700
"""`lab check` lets nobody else work: who has something else under way on this host is waited for."""


def lab(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LAB, *arguments],
        cwd=CATALOG.root,
        env={**os.environ, "LAB_WAIT": str(TURN_WITHIN_S)},
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_S,
    )


def up(stack: Stack, mode: str) -> None:
    """Bring the stack up, or make another variant of the one that is up."""
    done = lab("up", f"{stack.name}@{variant(stack, mode=mode, cache='on')}", "--port=0")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module", params=parameters(DIRECT, "lab"))
def stack(request: pytest.FixtureRequest, service_images: None) -> Iterator[Stack]:
    """One implementation, which is gone afterwards."""
    yield request.param
    lab("down", request.param.name)


@pytest.mark.parametrize("mode", KILLS)
def test_acknowledged_orders_survive_kills(stack: Stack, mode: str) -> None:
    kills = KILLS[mode][DIRECT.index(stack)]
    up(stack, mode)
    done = lab("check", stack.name, "--orders", f"--kills={kills}", f"--seed={SEED}", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["findings"] == []
    assert sum(found["kills"].values()) == kills
    assert {"app", "postgres"} <= found["kills"].keys()
    assert found["acknowledged"] > 10 * kills
    assert found["acknowledged"] + found["refused"] == found["sent"]
    assert found["retried"] > 0, "no client noticed that the application and Postgres were killed"

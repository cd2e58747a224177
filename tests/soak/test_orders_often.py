import json
from pathlib import Path

import pytest
from docker import DockerClient

from lab.model import Stack
from tests.e2e.driving import Lab, labelled
from tests.service.stacks import DIRECT, SERVICE_STACKS, variant
from tests.soak.careless import add_careless

pytestmark = pytest.mark.timeout(6 * 3600)
KILLS, MANY_KILLS = 60, 150
ORDERS = 100_000
"""Acknowledged by all stacks together: however fast the machine is, checks go on until each has its part."""
CARELESS_RUNS, CARELESS_KILLS = 20, 20


@pytest.mark.parametrize("stack", DIRECT, ids=lambda stack: stack.name)
def test_acknowledged_orders_of_synchronous_stacks_survive_sixty_kills(
    lab: Lab, engine: DockerClient, stack: Stack
) -> None:
    lab.ok("up", f"{stack.name}@{variant(stack, mode='sync', cache='on')}", "--port", "0")
    done = lab("check", stack.name, "--orders", f"--kills={KILLS}", "--json")  # another seed each time
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert (found["findings"], sum(found["kills"].values())) == ([], KILLS)
    lab.ok("down", stack.name)
    assert labelled(engine) == []


@pytest.mark.parametrize("stack", SERVICE_STACKS, ids=lambda stack: stack.name)
def test_acknowledged_orders_survive_a_hundred_and_fifty_kills_and_more(lab: Lab, stack: Stack) -> None:
    acknowledged = kills = 0
    while acknowledged < ORDERS / len(SERVICE_STACKS):
        done = lab("check", f"{stack.name}@async", "--orders", f"--kills={MANY_KILLS}", "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        found = json.loads(done.stdout)
        assert found["findings"] == []
        acknowledged += found["acknowledged"]
        kills += sum(found["kills"].values())
    print(f"\n{stack.name}: {acknowledged:,} acknowledged orders through {kills} kills, none lost or doubled")


def test_a_careless_worker_is_caught_in_each_run(lab: Lab, project: Path) -> None:
    stack = add_careless(project)
    for seed in range(CARELESS_RUNS):
        done = lab("check", f"{stack}@async", "--orders", f"--kills={CARELESS_KILLS}", f"--seed={seed}", "--json")
        assert done.returncode == 8, f"seed {seed}: {done.stdout}{done.stderr}"
        assert {finding["kind"] for finding in json.loads(done.stdout)["findings"]} >= {"stock"}, f"seed {seed}"

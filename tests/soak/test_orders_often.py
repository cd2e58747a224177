import json

import pytest
from docker import DockerClient

from lab.model import Stack
from tests.e2e.driving import Lab, labelled
from tests.service.stacks import DIRECT, variant

pytestmark = pytest.mark.timeout(7200)
KILLS = 60


@pytest.mark.parametrize("mode", ["async", "sync"])
@pytest.mark.parametrize("stack", DIRECT, ids=lambda stack: stack.name)
def test_acknowledged_orders_survive_sixty_kills(lab: Lab, engine: DockerClient, stack: Stack, mode: str) -> None:
    lab.ok("up", f"{stack.name}@{variant(stack, mode=mode, cache='on')}", "--port", "0")
    done = lab("check", stack.name, "--orders", f"--kills={KILLS}", "--json")  # another seed each time
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert (found["findings"], sum(found["kills"].values())) == ([], KILLS)
    lab.ok("down", stack.name)
    assert labelled(engine) == []

"""`lab` killed at random moments: nothing that was kept is lost, and the next call works and cleans up.

Twenty here, two hundred in tests/soak.
"""

import random

import pytest
from docker import DockerClient

from lab.errors import Inconclusive
from tests.e2e.driving import QUICK, Lab, labelled, networks
from tests.e2e.killing import Victim

pytestmark = pytest.mark.xdist_group("lab")

KILLS, LONGEST_S = 20, 3.0
"""Within those seconds a call has brought its stack up and begun its rounds."""
SEED = 11


def test_twenty_kills_lose_no_sample_and_leave_nothing_behind_the_next_call(lab: Lab, engine: DockerClient) -> None:
    survives(lab, engine, kills=KILLS, longest_s=LONGEST_S)


def survives(lab: Lab, engine: DockerClient, *, kills: int, longest_s: float) -> None:
    moments = random.Random(SEED)  # noqa: S311 (the same each time)
    victim = Victim(lab=lab, stack="gin", random=moments, longest_s=longest_s)
    victim.begin()
    for _ in range(kills):
        victim.kill_one()
    victim.kill_after_a_round()
    assert victim.kept
    done = lab("bench", "go-nethttp", *QUICK)
    assert done.returncode in (0, Inconclusive.exit_code), done.stderr
    lab.ok("down", "--all")
    assert labelled(engine) == []
    assert networks(engine) == []

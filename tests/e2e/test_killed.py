"""`lab` killed at random moments: nothing that was kept is lost, and the next call works and cleans up.

Twenty here, two hundred in tests/soak.
"""

import random

from docker import DockerClient

from lab.errors import Inconclusive
from tests.e2e.driving import QUICK, Lab, labelled, networks
from tests.e2e.killing import Victim

KILLS = 20
SEED = 11


def test_twenty_kills_lose_no_sample_and_leave_nothing_behind_the_next_call(lab: Lab, engine: DockerClient) -> None:
    survives(lab, engine, kills=KILLS)


def survives(lab: Lab, engine: DockerClient, *, kills: int) -> None:
    victim = Victim(lab=lab, stack="gin", random=random.Random(SEED))  # noqa: S311 (the same moments each time)
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

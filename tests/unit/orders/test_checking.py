from contextlib import nullcontext
from types import SimpleNamespace
from typing import cast

import pytest
from docker.errors import APIError
from docker.models.containers import Container

from lab.errors import Unhealthy
from lab.orders import checking
from lab.orders.crowd import Crowd
from lab.orders.kills import Kill

KILL = Kill(service="app", pause_s=0, down_s=0)
CROWD = cast(Crowd, SimpleNamespace(in_a_hurry=nullcontext))


class Dying:
    """A container that may have died by itself."""

    def __init__(self, *, dead: bool) -> None:
        self.dead = dead
        self.done: list[str] = []

    def kill(self, signal: str) -> None:
        if self.dead:
            raise APIError("container is not running")
        self.done.append(signal)

    def start(self) -> None:
        self.done.append("start")


def test_a_service_that_is_killed_is_started_again() -> None:
    container = Dying(dead=False)
    checking._carry_out(KILL, cast(Container, container), CROWD)
    assert container.done == ["SIGKILL", "start"]


def test_a_service_that_died_before_its_kill_is_told_in_words_and_started_again() -> None:
    container = Dying(dead=True)
    with pytest.raises(Unhealthy, match="app could not be killed: it had died before") as caught:
        checking._carry_out(KILL, cast(Container, container), CROWD)
    assert caught.value.where == "container is not running"
    assert container.done == ["start"]

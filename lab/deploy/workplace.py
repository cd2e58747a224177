"""Where a process measures: the host's turn, the engine, and a session whose containers do not outlive it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from docker import DockerClient

from lab.deploy import stack_up
from lab.engine import inventory, probe
from lab.engine.client import connect
from lab.host import interrupts, session
from lab.host.say import Say
from lab.host.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """What a process that measures has to itself."""

    client: DockerClient
    session: Session


@contextmanager
def workplace(*, wait_s: float, say: Say) -> Iterator[Workplace]:
    """Be the one that measures on this host; nothing that carries the session's id is left after the block.

    Raises HostBusy if the turn does not come within `wait_s`, EngineUnavailable.
    """
    probe.require()
    with session.turn(wait_s=wait_s), connect() as client, session.open_session("bench") as mine:
        stack_up.reap(client, say)
        try:
            with interrupts.told(say):
                yield Workplace(client=client, session=mine)
        finally:
            with interrupts.uninterrupted():
                inventory.remove(client, mine.id)

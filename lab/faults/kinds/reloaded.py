"""reloaded: Nginx or Gunicorn reads its configuration anew (SIGHUP), twice a second at most, while requests come in."""

import time
from collections.abc import Sequence

from docker.models.containers import Container

from lab.engine.client import in_words
from lab.errors import LabError
from lab.faults.fault import Fault, Ground, Site

WITHIN_S = 60.0
"""For the first new process: a server that was asked faster than it can only queues the signals."""
LOOK_EVERY_S = 0.1


def tiers(ground: Ground) -> Sequence[str]:
    """Those of Nginx and of Gunicorn."""
    return ground.being("nginx", "gunicorn")


def inject(site: Site) -> None:
    """One reload, until a process of its own is there. Raises LabError if none comes."""
    before = _workers(site.container)
    with in_words():
        site.container.kill("SIGHUP")
    deadline_s = time.monotonic() + WITHIN_S
    while not _workers(site.container) - before:
        if time.monotonic() > deadline_s:
            raise LabError(f"{site.tier} did not reload", where=f"no new process {WITHIN_S:.0f} s after SIGHUP")
        time.sleep(LOOK_EVERY_S)


def undo(_site: Site) -> str:
    """Nothing is to be undone."""
    return "no more reloads"


def _workers(container: Container) -> set[str]:
    """The processes of the server's own. Process 1, which passes the signal on to the server, is no part of it."""
    with in_words():
        container.reload()
        listed = container.top(ps_args="-eo pid,ppid")["Processes"]
    first = str(container.attrs["State"]["Pid"])
    servers = {pid for pid, parent in listed if parent == first}
    return {pid for pid, parent in listed if parent in servers}


FAULT = Fault(
    name="reloaded",
    words="{tier} reloaded",
    needs="only Nginx and Gunicorn can",
    tiers=tiers,
    inject=inject,
    undo=undo,
    every_s=0.5,
    harmless=True,
)

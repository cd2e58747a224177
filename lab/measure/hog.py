"""A process that computes on the cores of a stack while it is measured: the selftest's, and nobody else's."""

import os

from docker.models.containers import Container

from lab.engine.client import connect, in_words
from lab.host.session import LABEL_SESSION
from lab.model import Budget

IMAGE = "lab/load:current"
LONGEST_S = 60
"""It ends by itself after that, and its container goes with it: whoever started it may have been killed."""


class Hog:
    """One loop for each of a stack's cores, in a container of its own without network."""

    def __init__(self, budget: Budget) -> None:
        self._cpus = budget.stack_cpus
        self._container: str | None = None

    def begin(self) -> None:
        """Start it, unless it runs. Raises LabError, EngineUnavailable."""
        if self._container is not None:
            return
        loops = "while :; do :; done & " * len(self._cpus)
        with connect() as client:
            started: Container = client.containers.run(
                IMAGE,
                ["timeout", "--kill-after=1", str(LONGEST_S), "sh", "-c", f"{loops}wait"],
                detach=True,
                auto_remove=True,
                network_mode="none",
                cpuset_cpus=",".join(map(str, self._cpus)),
                mem_limit="64m",
                cap_drop=["ALL"],
                labels={LABEL_SESSION: f"hog-{os.getpid()}"},
            )
        self._container = started.id

    def end(self) -> None:
        """End it, if it runs."""
        if self._container is None:
            return
        with connect() as client, in_words():
            for found in client.containers.list(all=True, ignore_removed=True, filters={"id": self._container}):
                found.remove(force=True)
        self._container = None

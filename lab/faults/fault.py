"""The shape of a fault's module, and what one is given: the ground that it is planned on, the site where it happens."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docker.models.containers import Container

from lab.deploy.override import Beside
from lab.engine.client import in_words
from lab.errors import LabError
from lab.model import Stack

POSTGRES, REDIS = "postgres", "redis"
"""What a tier is called in `x-lab: tiers` that holds data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A stack as a fault is planned for it."""

    stack: Stack
    services: Mapping[str, Mapping[str, Any]]
    """Service → its part of the merged Compose file."""
    compose: Path
    """The folder of the Compose files."""

    def being(self, *products: str) -> list[str]:
        """The tiers that are one of these products, from the client inwards."""
        return [tier for tier, what in self.stack.tiers.items() if set(what.split("+")) & set(products)]

    def volume(self, tier: str) -> tuple[str, str] | None:
        """The volume that a tier writes to and where it has it; None for one that keeps nothing."""
        mounts = self.services[tier].get("volumes") or ()
        return next(
            ((m["source"], m["target"]) for m in mounts if m["type"] == "volume" and not m.get("read_only")), None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A running stack, and the tier that the fault is for."""

    tier: str
    containers: Mapping[str, Container]
    """Service → container, with what the engine said of it before anything happened."""

    @property
    def container(self) -> Container:
        """That of the tier."""
        return self.containers[self.tier]


def nothing_beside(_ground: Ground, _tier: str) -> Beside:
    """Most faults need nothing in the project."""
    return Beside()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What each module of `kinds/` offers as `FAULT`."""

    name: str
    words: str
    """What happens to `{tier}`, in a few words."""
    needs: str
    """Which tiers can have it, to complete `cannot be …: …`."""
    tiers: Callable[[Ground], Sequence[str]]
    """Those that can have it, the usual one first."""
    inject: Callable[[Site], None]
    """Let it happen. Raises LabError."""
    undo: Callable[[Site], str]
    """Put it right as an operator would; returns what was seen of it. Raises LabError."""
    beside: Callable[[Ground, str], Beside] = nothing_beside
    """What it needs in the project, for a tier."""
    shown: tuple[str, ...] = ()
    """The tiers for which it stands in a table of all faults; empty for all that can have it."""
    by_itself: str = ""
    """Of what requests fail that belongs to doing it to `{tier}`, a sentence; empty where that is its name."""
    lasts: bool = True
    """Whether it lasts until it is undone; else it is over at once."""
    every_s: float | None = None
    """It is done again after so long, until it is undone; None if once."""
    harmless: bool = False
    """Whether no request may fail of it."""
    signs_out: bool = False
    """Whether the service may forget who had signed in: docs/service.md."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A fault for one tier."""

    fault: Fault
    tier: str

    @property
    def label(self) -> str:
        """As it is typed."""
        return f"{self.fault.name}:{self.tier}"

    @property
    def words(self) -> str:
        """What happens."""
        return self.fault.words.format(tier=self.tier)

    @property
    def by_itself(self) -> str:
        """Of what requests fail that belongs to doing it."""
        return self.fault.by_itself.format(tier=self.tier)


def started_again(container: Container) -> bool:
    """Start a container that has died; returns whether it had. Raises LabError."""
    with in_words():
        container.reload()
        if container.status == "running":
            return False
        container.start()
        return True


def run_inside(container: Container, script: str) -> str:
    """What a shell script printed in a container. Raises LabError if it fails."""
    with in_words():
        status, output = container.exec_run(["sh", "-c", script])
    text = output.decode("utf-8", "replace").strip() if isinstance(output, bytes) else ""
    if status != 0:
        raise LabError(f"a script failed inside {container.name}", where=f"{script}: {text[-300:]}")
    return text

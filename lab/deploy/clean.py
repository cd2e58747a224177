"""What `lab clean` takes away: images and build cache of the engine, and the folders of old runs."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab import folders
from lab.engine import leavings
from lab.engine.client import connect
from lab.engine.leavings import Leavings
from lab.host import session


@dataclass(frozen=True, slots=True, kw_only=True)
class Removable:
    """What could go."""

    runs: tuple[Path, ...]
    """The folders of all runs but the newest, oldest first; those of breaks are among them."""
    runs_mib: float
    engine: Leavings


def look(root: Path, *, keep: int) -> Removable:
    """Look at what is there, and change nothing; the newest `keep` runs are not meant. Raises EngineUnavailable."""
    runs = [root / folders.RESULTS / name for name in folders.kept(root)]
    old = tuple(runs[: max(len(runs) - keep, 0)])
    with connect() as client:
        return Removable(runs=old, runs_mib=_mib(old), engine=leavings.find(client))


def remove(found: Removable, *, wait_s: float) -> tuple[str, ...]:
    """Take it away; returns the images that stay, because containers use them.

    Raises HostBusy: a run that is being measured needs its images.
    """
    with session.turn(wait_s=wait_s), connect() as client:
        kept = leavings.remove(client, found.engine)
        for folder in found.runs:
            shutil.rmtree(folder)
    return kept


def _mib(folders: Sequence[Path]) -> float:
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return sum(path.stat().st_size for path in files) / 2**20

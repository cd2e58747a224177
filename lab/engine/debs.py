"""Packages of Debian as files, with all that they need on a machine that has little more than `dpkg`."""

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.engine.commands import run
from lab.engine.install import APT, INSTALL_TIMEOUT_S, ROOT, UPDATE_TIMEOUT_S, Installation
from lab.host.say import Say

LAB = Installation(packages=("python3-venv", "make", "procps"))
"""What the lab itself takes: Python, and `ps`, by which Docker lists the processes of a container."""
_FIX = "see that the package sources of this host answer (apt-get update), then repeat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """APT with this host's sources and its own lists: it believes that only the packages of `status` are installed."""

    folder: Path

    @property
    def options(self) -> tuple[str, ...]:
        """What makes `apt-get` look here instead of into the host's own folders."""
        places = {
            "Dir::State": "state",
            "Dir::State::status": "status",
            "Dir::Cache": "cache",
            "Dir::Etc::sourceparts": "sources",
            "Dir::Etc::preferencesparts": "preferences",
        }
        pairs = (("-o", f"{key}={self.folder / place}") for key, place in places.items())
        return tuple(word for pair in pairs for word in pair)


@contextmanager
def shelf(folder: Path, *, status: str, files: Installation, root: Path = ROOT) -> Iterator[Shelf]:
    """APT's folders in `folder`, with fresh lists; the host's own are only read. Raises HostError."""
    for place in ("state/lists/partial", "cache/archives/partial", "sources", "preferences"):
        (folder / place).mkdir(parents=True)
    (folder / "status").write_text(status, "utf-8")
    for kind, parts in (("sources", "sources.list.d"), ("preferences", "preferences.d")):
        for path in (root / "etc/apt" / parts).glob("*"):
            shutil.copy2(path, folder / kind / path.name)
        for name, text in files.files.items():
            if name.parent.name == parts:
                (folder / kind / name.name).write_text(text, "utf-8")
    here = Shelf(folder=folder)
    _apt_get(here, "update", timeout_s=UPDATE_TIMEOUT_S)
    try:
        yield here
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def download(here: Shelf, packages: Sequence[str], to: Path, *, say: Say) -> list[Path]:
    """The packages and what they need, as files in `to`, one of each. Raises HostError."""
    say(f"packages: {' '.join(re.sub('/.*', '', name) for name in packages)}, with what they need")
    (to / "partial").mkdir(parents=True)
    _apt_get(
        here,
        "install",
        "--yes",
        "--download-only",
        "--no-install-recommends",
        *packages,
        archives=to,
        timeout_s=INSTALL_TIMEOUT_S,
    )
    shutil.rmtree(to / "partial")
    (to / "lock").unlink(missing_ok=True)
    return sorted(to.glob("*.deb"))


def _apt_get(here: Shelf, *arguments: str, timeout_s: float, archives: Path | None = None) -> None:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    into = ("-o", f"Dir::Cache::archives={archives}") if archives else ()
    run([*APT, *here.options, *into, *arguments], timeout_s=timeout_s, env=quiet, fix=_FIX)

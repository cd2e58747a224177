"""What a run stands on beside its plan: the project's revision, the host, the engine; and what of it has changed."""

import platform
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from lab import __version__
from lab.engine import bridge, probe
from lab.errors import LabError
from lab.model import Deployment, Machine, Run

DISTRIBUTION = "deployment-lab"
_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_GIT_TIMEOUT_S = 60
_SHOWN_DIGITS = 19
"""Of an image id: `sha256:` and enough to tell two apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """As they are now; a run keeps them as they were when it began."""

    lab_version: str
    git_revision: str | None
    git_dirty: bool | None
    host: Machine
    engine: Mapping[str, str]
    tools: Mapping[str, str]


def look(root: Path, machine: Machine) -> Surroundings:
    """Ask git and the engine. Raises EngineUnavailable."""
    engine = probe.require()
    revision, dirty = git_state(root)
    return Surroundings(
        lab_version=__version__,
        git_revision=revision,
        git_dirty=dirty,
        host=machine,
        engine={
            **engine.summary(),
            "bridge_filter": {True: "on", False: "off", None: "absent"}[bridge.filtering()],
            "python": platform.python_version(),
        },
        tools=tools(),
    )


def tools() -> dict[str, str]:
    """The versions of what the lab itself works with: the libraries that it asks for, and git."""
    names = sorted(
        match[0]
        for line in metadata.requires(DISTRIBUTION) or ()
        if "extra ==" not in line and (match := _NAME.match(line))
    )
    return {**{name: metadata.version(name) for name in names}, "git": _version_of_git()}


def _version_of_git() -> str:
    try:
        return _git(Path(), "--version").removeprefix("git version ")
    except LabError:
        return "none"


def changes(run: Run, now: Surroundings) -> list[str]:
    """What is no longer as it was when the run began, each as `what: before → now`."""
    single = {
        "lab": (run.lab_version, now.lab_version),
        "git revision": (run.git_revision, now.git_revision),
        "uncommitted changes": (run.git_dirty, now.git_dirty),
    }
    return [
        *_differences("", {k: v[0] for k, v in single.items()}, {k: v[1] for k, v in single.items()}),
        *_differences("host: ", asdict(run.host), asdict(now.host)),
        *_differences("engine: ", run.engine, now.engine),
        *_differences("tool: ", run.tools, now.tools),
    ]


def image_changes(run: Run, now: Mapping[Deployment, Mapping[str, str]]) -> list[str]:
    """The same of the images of what the run has brought up; `now` is deployment → service → image id."""
    found: list[str] = []
    for facts in run.deployments:
        known = {service: _short(image) for service, image in facts.images.items()}
        there = {service: _short(image) for service, image in now.get(facts.deployment, {}).items()}
        found += _differences(f"image of {facts.deployment.name} ({facts.deployment.pins}), ", known, there)
    return found


def _short(image: str) -> str:
    return image[:_SHOWN_DIGITS]


def _differences(prefix: str, before: Mapping[str, object], now: Mapping[str, object]) -> Iterator[str]:
    for name in dict.fromkeys([*before, *now]):
        if before.get(name) != now.get(name):
            yield f"{prefix}{name}: {_told(before.get(name))} → {_told(now.get(name))}"


def _told(value: object) -> str:
    if value is None:
        return "unknown"
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)


def git_state(root: Path) -> tuple[str | None, bool | None]:
    """The revision of the project and whether it has changes; None for both outside a checkout."""
    try:
        revision = _git(root, "rev-parse", "HEAD")
        return revision, bool(_git(root, "status", "--porcelain"))
    except LabError:
        return None, None


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, check=True, timeout=_GIT_TIMEOUT_S
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise LabError("git does not answer", where=str(error)) from None
    return done.stdout.strip()

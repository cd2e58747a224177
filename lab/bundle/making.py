"""Writing a bundle: its parts in a folder beside the archive; then the archive, which takes its place when whole."""

import shutil
import tarfile
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from lab import __version__
from lab.bundle import manifest, project, reading
from lab.bundle.manifest import NAME, PYTHON, SUMS, Fit, Manifest
from lab.bundle.reading import FOLDER, SCRIPT
from lab.deploy import bundling
from lab.engine import base, debs, install, probe, saving
from lab.engine.commands import run
from lab.errors import HostError, LabError
from lab.host.interrupts import uninterrupted
from lab.host.say import Say

SYSTEM = "debian 12"
"""The packages of the base image are those that a machine is thought to have already."""
MOST_BYTES = 2_000_000_000
PIP_TIMEOUT_S = 900
WHEELS = "wheels"
IMAGES = "images.tar.gz"
PROJECT = "project.tar.gz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """An archive that was made."""

    file: Path
    bytes: int
    manifest: Manifest
    seconds: float

    def bytes_of(self) -> dict[str, int]:
        """Bytes by what the parts are: `debs`, `wheels`, `images.tar.gz` and so on."""
        sizes: dict[str, int] = {}
        for part in self.manifest.parts:
            kind = part.path.partition("/")[0]
            sizes[kind] = sizes.get(kind, 0) + part.bytes
        return sizes


def default_name(fit: Fit) -> Path:
    """What an archive is called where nobody gives it a name."""
    return Path(f"lab-bundle-{fit.system.replace(' ', '')}-{fit.architecture}.tar")


def require_makeable(file: Path, fit: Fit) -> None:
    """Raise HostError where no bundle can be made: another system, no folder, no room, no Python of the system."""
    if fit.system != SYSTEM:
        raise HostError(
            f"this is {fit.system}, and bundles are made on {SYSTEM}, which the images are made of, too",
            fix=f"run it on a machine with {SYSTEM}",
        )
    if not file.parent.is_dir():
        raise HostError("there is no such folder", where=str(file.parent), fix="name a file in a folder that is there")
    if not fit.python:
        raise HostError(
            "the system has no Python of its own, which is what wheels are chosen for",
            where=str(PYTHON),
            fix="apt-get install python3-venv",
        )
    reading.require_room(file.parent, 2 * MOST_BYTES, purpose="make a bundle")


def make(
    home: Path, targets: Mapping[str, Mapping[str, Any]], file: Path, *, commit: str, wait_s: float, say: Say
) -> Bundle:
    """Build the images, gather all parts and write the archive. Raises LabError above 2 GB, HostBusy and HostError.

    Ctrl-C, or an error, leaves neither half an archive nor a tag behind; what was there under that name stays.
    """
    began, fit = time.monotonic(), manifest.this_machine()
    require_makeable(file, fit)
    engine = probe.require()
    folder = Path(tempfile.mkdtemp(prefix=f".{file.name}-", dir=file.parent))
    try:
        parts = folder / FOLDER
        parts.mkdir()
        names = bundling.save(targets, parts / IMAGES, wait_s=wait_s, say=say)
        _packages(parts / "debs", folder / "apt", say=say)
        _wheels(home, parts / WHEELS, folder / "pip", say=say)
        project.pack(home, parts / PROJECT)
        made = _described(parts, fit, names, commit=commit, versions={"engine": engine.server or "unknown"})
        say("writing the archive")
        size = _archive(folder, made, folder / file.name)
        (folder / file.name).replace(file)
    finally:
        with uninterrupted():
            shutil.rmtree(folder, ignore_errors=True)
    return Bundle(file=file, bytes=size, manifest=made, seconds=time.monotonic() - began)


def _packages(to: Path, scratch: Path, *, say: Say) -> None:
    """What an engine takes, and what the lab itself does, for a machine that has as little as the base image."""
    engine = install.plan(("engine", "compose", "buildx"))
    with debs.shelf(scratch, status=saving.packages_in(base.BASE), files=engine) as shelf:
        debs.download(shelf, engine.packages, to / "engine", say=say)
        debs.download(shelf, debs.LAB.packages, to / "lab", say=say)


def _wheels(home: Path, to: Path, scratch: Path, *, say: Say) -> None:
    """What the lab itself takes, for the system's own Python, whichever this lab runs on."""
    say("wheels: requirements.txt")
    run([str(PYTHON), "-m", "venv", str(scratch)], timeout_s=PIP_TIMEOUT_S, fix="apt-get install python3-venv")
    argv = [str(scratch / "bin/pip"), "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
    argv += ["--require-hashes", "--requirement", str(home / "requirements.txt"), "--wheel-dir", str(to)]
    run(argv, timeout_s=PIP_TIMEOUT_S, fix="see that the package index answers, then repeat")


def _described(parts: Path, fit: Fit, names: Sequence[str], *, commit: str, versions: Mapping[str, str]) -> Manifest:
    """Write the script; then checksum all that is there. Raises LabError above 2 GB, with what each kind weighs."""
    weight = sum(path.stat().st_size for path in _files(parts))
    (parts / SCRIPT).write_text(script(fit, weight=weight), "utf-8")
    made = Manifest(
        lab=__version__,
        commit=commit,
        made_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        fit=fit,
        versions=versions,
        images=tuple(names),
        parts=tuple(manifest.part(path, parts) for path in _files(parts)),
    )
    require_small(made)
    return made


def require_small(made: Manifest) -> None:
    """Raise LabError for more than 2 GB."""
    if (size := sum(part.bytes for part in made.parts)) > MOST_BYTES:
        heavy = sorted(made.parts, key=lambda part: part.bytes, reverse=True)[:3]
        raise LabError(
            f"the bundle would have {size / 1e9:.2f} GB, and {MOST_BYTES / 1e9:.0f} GB are the most",
            where=", ".join(f"{part.path} {part.bytes / 1e6:,.0f} MB" for part in heavy),
            fix="make it without --all",
        )


def script(fit: Fit, *, weight: int) -> str:
    """`install.sh` for machines of a kind; unpacked, images take about three times their archive."""
    text = files("lab.bundle").joinpath(SCRIPT).read_text("utf-8")
    values = {
        "architecture": fit.architecture,
        "system": fit.system,
        "python": fit.python,
        "needed_kib": str(weight * 4 // 1024),
    }
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _archive(folder: Path, made: Manifest, to: Path) -> int:
    """The manifest first, so that it is read without reading the rest; then the script. Bytes of the archive."""
    parts = folder / FOLDER
    (parts / NAME).write_text(made.text(), "utf-8")
    described = manifest.part(parts / NAME, parts)
    (parts / SUMS).write_text(manifest.sums((described, *made.parts)), "utf-8")
    first = [parts / name for name in (NAME, SUMS, SCRIPT)]
    with tarfile.open(to, "w") as tar:
        for path in _distinct((*first, *_files(parts))):
            tar.add(path, arcname=str(path.relative_to(folder)), filter=_nobodys)
    return to.stat().st_size


def _distinct(paths: Iterable[Path]) -> list[Path]:
    return list(dict.fromkeys(paths))


def _nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Files of root that all may read, whoever made them."""
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    member.mode = 0o644
    return member

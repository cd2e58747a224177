"""What a bundle says of itself: for which machines it is, and the checksum of each of its parts."""

import hashlib
import json
import platform
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from lab.engine.commands import run
from lab.errors import HostError, InvalidFile
from lab.host.machine import ROOT, os_release

FORMAT = 1
NAME = "manifest.json"
SUMS = "SHA256SUMS"
DEBIAN_NAMES = {"x86_64": "amd64", "aarch64": "arm64"}
"""What the kernel calls an architecture → what Debian does."""
PYTHON = Path("/usr/bin/python3")
"""Debian's own, which other machines of the kind have, too."""
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class BundlePart:
    """One file of a bundle."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """The machines that a bundle is for: packages and wheels are of one system, one architecture and one Python."""

    architecture: str
    system: str
    python: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """All that a bundle says of itself."""

    lab: str
    commit: str
    made_at: str
    fit: Fit
    versions: Mapping[str, str]
    images: tuple[str, ...]
    parts: tuple[BundlePart, ...]

    def text(self) -> str:
        """As it stands in the archive."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1) + "\n"


def this_machine(root: Path = ROOT) -> Fit:
    """What fits here."""
    release, machine = os_release(root), platform.machine()
    return Fit(
        architecture=DEBIAN_NAMES.get(machine, machine),
        system=f"{release.get('ID', 'unknown')} {release.get('VERSION_ID', '')}".strip(),
        python=_python(root / PYTHON.relative_to("/")),
    )


def _python(path: Path) -> str:
    """The release of the system's own Python, as wheels are made for it; empty where there is none."""
    try:
        return run([str(path), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], timeout_s=10).strip()
    except HostError:
        return ""


def part(path: Path, below: Path) -> BundlePart:
    """A file as a part of the bundle in the folder `below`."""
    with path.open("rb") as file:
        checksum = digest(file)
    return BundlePart(path=str(path.relative_to(below)), bytes=path.stat().st_size, sha256=checksum)


def digest(file: IO[bytes]) -> str:
    """The checksum of what an open file still holds."""
    summed = hashlib.sha256()
    while piece := file.read(_PIECE):
        summed.update(piece)
    return summed.hexdigest()


def sums(parts: Iterable[BundlePart]) -> str:
    """The checksums as `sha256sum --check` reads them."""
    return "".join(f"{part.sha256}  {part.path}\n" for part in parts)


def read(text: str, *, where: str) -> Manifest:
    """A manifest from an archive. Raises InvalidFile for one of another lab, or that is damaged."""
    try:
        data: dict[str, Any] = json.loads(text)
        if data.pop("format") != FORMAT:
            raise InvalidFile([f"{where}: its format is not {FORMAT}; use the lab that made it"], of="the bundle")
        parts = tuple(BundlePart(**one) for one in data.pop("parts"))
        return Manifest(**{**data, "fit": Fit(**data["fit"]), "images": tuple(data["images"]), "parts": parts})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidFile([f"{where}: its {NAME} cannot be read ({error})"], of="the bundle") from None


def require_fit(wanted: Fit, here: Fit) -> None:
    """Raise HostError with all that differs between the machines a bundle is for and this one."""
    if wrong := list(_differences(wanted, here)):
        raise HostError(
            f"the bundle is not for this machine: {', '.join(wrong)}",
            fix="make one on a machine like this that has a network: lab bundle",
        )


def _differences(wanted: Fit, here: Fit) -> Iterator[str]:
    for name, word in (("architecture", "for"), ("system", "for"), ("python", "for Python")):
        ours, theirs = getattr(here, name), getattr(wanted, name)
        if ours != theirs:
            yield f"it is {word} {theirs}, and this is {ours}"

"""A bundle that somebody has been given: is it for this machine, is it whole; and unpacking it."""

import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from lab.bundle import manifest
from lab.bundle.manifest import NAME, Manifest
from lab.errors import HostError, InvalidFile, LabError
from lab.host.interrupts import begun, uninterrupted
from lab.host.say import Say

FOLDER = "lab-bundle"
"""What an archive unpacks into."""
SCRIPT = "install.sh"
_PIECE = 1 << 20


def described(archive: Path) -> Manifest:
    """What an archive says of itself, which stands at its top. Raises InvalidFile."""
    with _opened(archive) as tar:
        first = tar.next()
        file = tar.extractfile(first) if first is not None and first.name == f"{FOLDER}/{NAME}" else None
        if file is None:
            raise InvalidFile([f"{archive}: {NAME} is not at its top: this is no bundle of the lab"], of="the bundle")
        return manifest.read(file.read().decode("utf-8", "replace"), where=str(archive))


def damaged(archive: Path) -> list[str]:
    """The parts that are missing or not as they were made, in words. Raises InvalidFile if it is no bundle."""
    wanted = {part.path: part for part in described(archive).parts}
    wrong = []
    with _opened(archive) as tar:
        try:
            for member in tar:
                part = wanted.pop(member.name.removeprefix(f"{FOLDER}/"), None)
                file = tar.extractfile(member) if part else None
                if part and file and manifest.digest(file) != part.sha256:
                    wrong.append(f"{part.path}: its content has changed")
        except (tarfile.TarError, OSError, EOFError) as error:
            wrong.append(f"the archive cannot be read to its end ({error})")
    return [*wrong, *(f"{path}: is missing, or cut off" for path in wanted)]


def require_whole(archive: Path) -> None:
    """Raise InvalidFile with each part that is damaged."""
    if wrong := damaged(archive):
        raise InvalidFile([f"{archive}: {one}" for one in wrong], of="the bundle")


def install(archive: Path, target: Path, *, say: Say) -> None:
    """Set this machine up from an archive, in the folder `target`; without a fit or whole bundle nothing is changed.

    Raises HostError, InvalidFile, and LabError where `install.sh` fails, which says why.
    """
    found = described(archive)
    manifest.require_fit(found.fit, manifest.this_machine())
    say("verifying the checksums")
    require_whole(archive)
    target.parent.mkdir(parents=True, exist_ok=True)
    with _unpacked(archive, found, target.parent) as folder:
        code = _run(["sh", str(folder / SCRIPT), str(target)])
    if code != 0:
        raise LabError(f"{SCRIPT} ended with exit code {code}", where=str(archive), fix="it says above what is missing")


def _run(argv: Sequence[str]) -> int:
    """Run a script to its end. Ctrl-C ends it, too, and waits until it has taken back what is half."""
    with begun(lambda: subprocess.Popen(argv), end=_end) as script:
        return script.wait()


def _end(script: subprocess.Popen[bytes]) -> None:
    with uninterrupted():
        script.terminate()  # nothing where it has ended
        script.wait()


@contextmanager
def _unpacked(archive: Path, found: Manifest, beside: Path) -> Iterator[Path]:
    """The parts in a folder of their own for the length of the block. Raises HostError where there is no room."""
    require_room(beside, sum(part.bytes for part in found.parts), purpose="unpack it")
    folder = Path(tempfile.mkdtemp(prefix=".lab-bundle-", dir=beside))
    try:
        _unpack(archive, {part.path for part in found.parts}, folder)
        yield folder / FOLDER
    finally:
        with uninterrupted():
            shutil.rmtree(folder, ignore_errors=True)


def _unpack(archive: Path, known: Collection[str], to: Path) -> None:
    """Write the parts that the manifest names, and no others, below `to`."""
    with _opened(archive) as tar:
        for member in tar:
            file = tar.extractfile(member)
            if file is None or member.name.removeprefix(f"{FOLDER}/") not in known:
                continue
            path = to / member.name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as copy:
                shutil.copyfileobj(file, copy, _PIECE)


def require_room(folder: Path, needed: int, *, purpose: str) -> None:
    """Raise HostError unless the disk of a folder has so many bytes free."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise HostError(
            f"there is not enough room to {purpose}: {needed / 1e9:.1f} GB are needed, {free / 1e9:.1f} GB are free",
            where=str(folder),
            fix="make room there, or name a place on another disk",
        )


@contextmanager
def _opened(archive: Path) -> Iterator[tarfile.TarFile]:
    with ExitStack() as held:
        try:
            tar = held.enter_context(tarfile.open(archive))
        except (tarfile.TarError, OSError, EOFError) as error:
            raise InvalidFile([f"{archive}: it cannot be read as an archive ({error})"], of="the bundle") from None
        yield tar

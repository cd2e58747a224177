"""What an adopted stack gets to start with: copies in volumes of the lab's own, made while nothing of it runs.

Folders of the project that a container may write to are always copied, their volumes only when asked for. Theirs are
read, never written to.
"""

import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from docker import DockerClient
from docker.errors import NotFound
from docker.models.containers import Container

from lab import folders
from lab.deploy.foreign import Copy
from lab.engine.client import in_words
from lab.errors import UsageError
from lab.host.session import LABEL_SESSION

MOST_MIB = 1024
"""Of a folder of the project: more than that is data, and no source."""
LEFT_OUT = frozenset({".git", folders.RESULTS.name})
"""Of the project's own folder."""
_AT = "/lab-source"


def require_small(copies: Iterable[Copy]) -> None:
    """Raise UsageError for a folder that is too large to be copied at each start."""
    for copy in copies:
        if copy.folder is None or not copy.folder.is_dir():
            continue
        mib = sum(path.lstat().st_size for path in _files(copy.folder)) / 2**20
        if mib > MOST_MIB:
            raise UsageError(
                f"{copy.folder} holds {mib:,.0f} MiB, and {copy.service} may write to it: the lab would copy it",
                where=f"{copy.service}: {copy.target}",
                fix=f"mount it read only, or use a volume; at most {MOST_MIB} MiB are copied",
            )


@in_words()
def fill(client: DockerClient, containers: dict[str, Container], copies: Iterable[Copy], *, session: str) -> None:
    """Put copies into the volumes of containers that have been created and not started."""
    for copy in copies:
        target = containers[copy.service]
        with tempfile.TemporaryFile() as archive:
            if copy.folder is not None and copy.folder.is_dir():
                _pack(copy.folder, archive)
            elif copy.theirs is not None and not _read_theirs(client, copy.theirs, target, archive, session=session):
                continue  # they have never started it
            archive.seek(0)
            if archive.read(1):
                archive.seek(0)
                target.put_archive(copy.target, archive)


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name in LEFT_OUT:
            continue
        if path.is_dir() and not path.is_symlink():
            yield from (inner for inner in path.rglob("*") if inner.is_symlink() or inner.is_file())
        else:
            yield path


def _pack(folder: Path, archive: IO[bytes]) -> None:
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path in sorted(folder.iterdir()):
            if path.name not in LEFT_OUT:
                tar.add(path, arcname=path.name)


def _read_theirs(client: DockerClient, volume: str, like: Container, archive: IO[bytes], *, session: str) -> bool:
    """Read a volume of theirs through a container that is never started; returns whether there is one."""
    try:
        client.volumes.get(volume)
    except NotFound:
        return False
    with _reader(client, volume, like, session=session) as reader:
        stream, _ = reader.get_archive(f"{_AT}/.")
        for chunk in stream:
            archive.write(chunk)
    return True


@contextmanager
def _reader(client: DockerClient, volume: str, like: Container, *, session: str) -> Iterator[Container]:
    container = client.containers.create(
        str(like.attrs["Image"]),
        volumes={volume: {"bind": _AT, "mode": "ro,nocopy"}},
        labels={LABEL_SESSION: session},
        network_mode="none",
    )
    try:
        yield container
    finally:
        container.remove(v=True)

"""Images as a file: `docker save` through gzip, and back."""

import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE

from lab.engine import environment
from lab.engine.commands import run, tail
from lab.errors import LabError
from lab.host.interrupts import begun, uninterrupted

GZIP = ("gzip", "-1")
"""On two cores a third of the time of the default, for a tenth more bytes."""
LOAD_TIMEOUT_S = 1800
CALL_TIMEOUT_S = 60


def save(images: Iterable[str], to: Path) -> None:
    """Write the images, with the layers that they share once, into a compressed archive. Raises LabError."""
    argv = ["docker", "save", *images]
    with (
        to.open("wb") as file,
        begun(lambda: subprocess.Popen(argv, stdout=PIPE, stderr=PIPE, env=environment.ambient()), end=_end) as saving,
        begun(lambda: subprocess.Popen(GZIP, stdin=saving.stdout, stdout=file), end=_end) as packing,
    ):
        if saving.stdout is not None:
            saving.stdout.close()  # if gzip ends early, docker hears of it
        complaint = saving.stderr.read() if saving.stderr is not None else b""
        saving.wait()
        packing.wait()
    if saving.returncode or packing.returncode:
        raise LabError(
            f"the images could not be saved:\n{tail(complaint.decode(errors='replace'))}",
            where=str(to),
            fix="see that there is room, and lab engine status",
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()  # nothing where it has ended
    process.wait()


def load(archive: Path) -> None:
    """Give the engine the images of an archive. Raises HostError with the last lines of `docker load`."""
    run(["docker", "load", "--quiet", "--input", str(archive)], timeout_s=LOAD_TIMEOUT_S, env=environment.ambient())


@contextmanager
def untagged_after(tags: Sequence[str]) -> Iterator[None]:
    """Take tags away from images at the end of the block, whatever happens in it; other tags of the images stay."""
    try:
        yield
    finally:
        argv = ["docker", "image", "rm", "--no-prune", *tags]
        with uninterrupted():
            if tags:  # of those, some may not have been built yet
                subprocess.run(
                    argv, capture_output=True, timeout=CALL_TIMEOUT_S, check=False, env=environment.ambient()
                )


def packages_in(image: str) -> str:
    """What Debian's `dpkg` says of the packages in an image. Raises HostError."""
    argv = ["docker", "run", "--rm", "--network", "none", image, "cat", "/var/lib/dpkg/status"]
    return run(argv, timeout_s=CALL_TIMEOUT_S, env=environment.ambient())

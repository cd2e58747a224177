"""The base image of all stacks: there already, pulled, or made from the host's own Debian mirror."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import requests
from docker.errors import DockerException

from lab.engine import apt
from lab.engine.client import from_environment
from lab.engine.commands import run, tail
from lab.engine.install import KEYRING, install_base_tools, need_root
from lab.engine.rootfs import base_sources, trim
from lab.errors import EngineUnavailable, HostError
from lab.host.say import Say

BASE = "debian:bookworm-slim"
SUITE = "bookworm"
REGISTRY_TIMEOUT_S = 10
PULL_TIMEOUT_S = 300
BOOTSTRAP_TIMEOUT_S = 900
IMPORT_TIMEOUT_S = 120
INSPECT_TIMEOUT_S = 20
SCRATCH = Path("/var/tmp")  # noqa: S108 (on disk, where /tmp may be memory; the directory in it is our own)
FIX = f"bring {BASE} to this engine another way (`docker load`), or work where a registry answers"


def present(image: str = BASE) -> bool:
    """Tell whether the engine has the image."""
    argv = ["docker", "image", "inspect", "--format", "{{.Id}}", image]
    try:
        return subprocess.run(argv, capture_output=True, timeout=INSPECT_TIMEOUT_S, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        raise _silent("docker image inspect", INSPECT_TIMEOUT_S) from None


def registry_complaint(image: str = BASE, *, timeout_s: int = REGISTRY_TIMEOUT_S) -> str | None:
    """Return why the engine cannot get the image from a registry, or None if it could. Pulls nothing."""
    try:
        with closing(from_environment(timeout_s=timeout_s)) as client:
            client.images.get_registry_data(image)
    except (DockerException, requests.RequestException) as error:
        return str(getattr(error, "explanation", None) or error)
    return None


def ensure(say: Say, image: str = BASE) -> None:
    """See to it that the engine has the base image.

    Raises EngineUnavailable where no registry answers and it cannot be made here either.
    """
    if present(image):
        return
    if registry_complaint(image) is None and _pulled(say, image):
        return
    say(f"no registry answers: making {image} from Debian packages (about a minute)")
    make(image, say)


def _pulled(say: Say, image: str) -> bool:
    say(f"pulling {image}")
    try:
        run(["docker", "pull", image], timeout_s=PULL_TIMEOUT_S)
    except HostError as error:
        say(f"{error.what}")
        return False
    return True


def make(image: str, say: Say) -> None:
    """Make the image with debootstrap and import it. Takes root, and a Debian or Ubuntu host."""
    need_root(f"make the base image {image}", otherwise=FIX)
    if shutil.which("debootstrap") is None or not KEYRING.exists():
        install_base_tools(say)
    host = apt.sources()
    with scratch() as tree:
        _bootstrap(tree, host)
        trim(tree, base_sources(host, tree, SUITE))
        _import(tree, image)


def _bootstrap(tree: Path, host: tuple[apt.AptSource, ...]) -> None:
    # Without a mirror debootstrap takes its own default: right on a host that is not Debian.
    mirror = next((s.uri for s in host if apt.is_debian(s)), None)
    argv = ["debootstrap", "--variant=minbase", f"--keyring={KEYRING}", SUITE, str(tree)]
    run([*argv, *([mirror] if mirror else [])], timeout_s=BOOTSTRAP_TIMEOUT_S, env=_proxied(), fix=FIX)


def _proxied() -> dict[str, str]:
    """Give debootstrap, which does not read APT's configuration, APT's proxy."""
    argv = ["apt-config", "shell", "http_proxy", "Acquire::http::Proxy"]
    name, _, value = run(argv, timeout_s=10).strip().partition("=")
    return {**os.environ, name: value.strip("'")} if value else dict(os.environ)


def _import(tree: Path, image: str) -> None:
    """Feed the tree to the engine as one layer, without what the kernel puts in place at run time."""
    pack = ["tar", "--numeric-owner", "--exclude=./dev/*", "--exclude=./proc/*", "--exclude=./sys/*"]
    changes = ["--change", 'CMD ["bash"]', "--change", "LABEL lab.base=debootstrap"]
    with subprocess.Popen([*pack, "-C", str(tree), "-c", "."], stdout=subprocess.PIPE) as tar:
        try:
            done = subprocess.run(
                ["docker", "import", *changes, "-", image],
                stdin=tar.stdout,
                capture_output=True,
                text=True,
                timeout=IMPORT_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            tar.kill()
            raise _silent("docker import", IMPORT_TIMEOUT_S) from None
    if done.returncode or tar.returncode:
        raise EngineUnavailable(f"the engine did not take the base image:\n{tail(done.stderr)}", fix=FIX)


def _silent(command: str, timeout_s: int) -> EngineUnavailable:
    return EngineUnavailable(f"`{command}` did not end within {timeout_s} s: the engine hangs", fix="lab engine status")


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a directory for a file system tree, and remove it with nothing of the host left mounted in it."""
    with tempfile.TemporaryDirectory(prefix="lab-base-", dir=SCRATCH) as name:
        tree = Path(name).resolve() / "root"
        tree.mkdir(mode=0o755)
        try:
            yield tree
        finally:
            _unmount_below(tree)


def _unmount_below(tree: Path) -> None:
    """Detach what an interrupted debootstrap left mounted: removal must not reach into /proc or /sys."""
    mounts = [Path(line.split()[1]) for line in Path("/proc/self/mounts").read_text().splitlines()]
    for mount in sorted((m for m in mounts if m.is_relative_to(tree)), reverse=True):
        run(["umount", "--lazy", str(mount)], timeout_s=10)

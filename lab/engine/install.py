"""Installing what the engine lacks, from the packages of Debian or Ubuntu, as root."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lab.engine import apt
from lab.engine.commands import run
from lab.engine.probe import GET_DOCKER
from lab.errors import EngineUnavailable, HostError
from lab.host.machine import os_release
from lab.host.say import Say

ROOT = Path("/")

DEBIAN = {
    "client": ("docker-cli",),
    "engine": ("docker.io", "docker-cli"),
    "compose": ("docker-compose",),
    "buildx": ("docker-buildx",),
}
UBUNTU = {
    "client": ("docker.io",),
    "engine": ("docker.io",),
    "compose": ("docker-compose-v2",),
    "buildx": ("docker-buildx",),
}
NEXT_RELEASE = {"bookworm": "trixie"}
"""Debian releases whose own Compose is the old v1, and the release that has the new one for them."""
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
BASE_TOOLS = ("debootstrap", "ca-certificates", "debian-archive-keyring")
HELPERS = {"engine": ("iptables", "procps", *BASE_TOOLS)}
"""From the host's own release: `docker top` runs the host's `ps`, and a bare machine has to make its base image."""

PINNED_LOW = "Package: *\nPin: release n={suite}\nPin-Priority: 50\n"
"""Below every default, so that nothing but what is asked for by suite comes from there."""
SOURCE_FILE = Path("etc/apt/sources.list.d/lab-engine.sources")
PREFERENCES_FILE = Path("etc/apt/preferences.d/lab-engine")

UPDATE_TIMEOUT_S = 300
INSTALL_TIMEOUT_S = 900
APT = ("apt-get", "-q", "-o", "Acquire::Retries=3", "-o", "DPkg::Lock::Timeout=120", "-o", "Dpkg::Use-Pty=0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """The packages to install, as `apt-get` takes them, and the files that have to be there first."""

    packages: tuple[str, ...]
    files: Mapping[Path, str] = field(default_factory=dict)


def plan(lacks: Iterable[str], root: Path = ROOT) -> Installation:
    """Say how this host gets what it lacks: `client`, `engine`, `compose`, `buildx`.

    Raises EngineUnavailable where the host is neither Debian nor Ubuntu.
    """
    lacks = tuple(lacks)
    release = os_release(root)
    helpers = _distinct(lacks, HELPERS)
    family = {release.get("ID", ""), *release.get("ID_LIKE", "").split()}
    if "ubuntu" in family:
        return Installation(packages=_distinct(lacks, UBUNTU) + helpers)
    if release.get("ID") != "debian":
        name = release.get("PRETTY_NAME", "this system")
        raise EngineUnavailable(f"the lab cannot install Docker on {name}", fix=GET_DOCKER)
    packages = _distinct(lacks, DEBIAN)
    codename = release.get("VERSION_CODENAME", "")
    suite = NEXT_RELEASE.get(codename)
    if suite is None:
        return Installation(packages=packages + helpers)
    suited = tuple(f"{package}/{suite}" for package in packages)
    return Installation(packages=suited + helpers, files=_next_release(codename, suite, root))


def _distinct(lacks: Iterable[str], packages: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(package for part in lacks for package in packages.get(part, ())))


def _next_release(codename: str, suite: str, root: Path) -> dict[Path, str]:
    """Derive the next release's source from the host's own mirror, unless the host has one already."""
    known = apt.sources(root)
    own = apt.find(codename, known)
    if own is None:
        where = str(root / "etc/apt")
        raise EngineUnavailable(f"APT has no source for {codename}", where=where, fix=GET_DOCKER)
    if apt.find(suite, known):
        return {}
    source = apt.AptSource(uri=own.uri, suite=suite, components=("main",), signed_by=own.signed_by or str(KEYRING))
    return {PREFERENCES_FILE: PINNED_LOW.format(suite=suite), SOURCE_FILE: source.stanza()}


def allow(purpose: str, environ: Mapping[str, str] = os.environ) -> None:
    """Raise EngineUnavailable unless the lab may change this host: as root, and not with LAB_ENGINE=never."""
    if environ.get("LAB_ENGINE") == "never":
        what = f"the lab would have to {purpose}, and LAB_ENGINE=never forbids it"
        raise EngineUnavailable(what, fix=f"unset LAB_ENGINE, or {GET_DOCKER}")
    need_root(purpose)


def need_root(purpose: str, *, otherwise: str = GET_DOCKER) -> None:
    """Raise EngineUnavailable unless this is root; `otherwise` says what helps without being root."""
    if os.geteuid() != 0:
        what = f"the lab would have to {purpose}, which takes root"
        raise EngineUnavailable(what, fix=f"run `sudo .venv/bin/lab engine up`, or {otherwise}")


def install(wanted: Installation, say: Say, root: Path = ROOT) -> None:
    """Install the packages of a plan; files it wrote are taken back if APT cannot read its sources.

    Raises HostError with the last lines of `apt-get`.
    """
    say(f"installing {' '.join(wanted.packages)}")
    _write(wanted.files, say, root)
    try:
        _apt_get("update", timeout_s=UPDATE_TIMEOUT_S)
    except HostError:
        _remove(wanted.files, root)
        raise
    _apt_get("install", "-y", "--no-install-recommends", *wanted.packages, timeout_s=INSTALL_TIMEOUT_S)


def install_base_tools(say: Say) -> None:
    """Install what making the base image takes. Raises EngineUnavailable where that cannot be done."""
    allow(f"install {BASE_TOOLS[0]} to make the base image")
    plan(())  # a host whose packages the lab does not know hears that first
    install(Installation(packages=BASE_TOOLS), say)


def _write(files: Mapping[Path, str], say: Say, root: Path) -> None:
    for name, text in files.items():
        path = root / name
        say(f"writing {path}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _remove(files: Iterable[Path], root: Path) -> None:
    for name in files:
        (root / name).unlink(missing_ok=True)


def _apt_get(*arguments: str, timeout_s: float) -> None:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    fix = "see that the package sources of this host answer (apt-get update), then repeat"
    run([*APT, *arguments], timeout_s=timeout_s, env=quiet, fix=fix)

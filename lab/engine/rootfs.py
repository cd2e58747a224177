"""Making a bootstrapped Debian tree as small, and as set up, as Debian's own slim image."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from lab.engine import apt
from lab.engine.install import KEYRING

EMPTIED = ("var/lib/apt/lists", "var/cache/apt", "var/log", "run", "tmp", "usr/share/man", "usr/share/info")
REMOVED = ("etc/apt/sources.list", "etc/hostname", "etc/resolv.conf", "var/cache/debconf/templates.dat-old")
LOCALES = Path("usr/share/locale")
DOCUMENTS = Path("usr/share/doc")

NO_DOCUMENTS = (
    "".join(
        f"path-exclude /usr/share/{name}/*\n" for name in ("doc", "man", "info", "locale", "lintian", "linda", "groff")
    )
    + "path-include /usr/share/doc/*/copyright\npath-include /usr/share/locale/locale.alias\n"
)
NO_CACHES = """\
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Acquire::Languages "none";
Apt::AutoRemove::SuggestsImportant "false";
"""
NO_SERVICES = "#!/bin/sh\nexit 101\n"
"""What packages ask before they start a service: in an image build, none is to be started."""


def base_sources(host: Iterable[apt.AptSource], tree: Path, suite: str) -> str:
    """Return the image's package sources: the suite, its updates and its security fixes, in deb822.

    The addresses are the host's own where it is a Debian, else those that debootstrap chose for the tree.
    """
    known = tuple(source for source in host if apt.is_debian(source)) or apt.sources(tree)
    main = known[0].uri
    # Every Debian mirror names its security archive like this; a host may have it elsewhere and then says so.
    secure = next((s.uri for s in known if s.suite.endswith("-security")), main.rstrip("/") + "-security")
    pairs = ((main, f"{suite} {suite}-updates"), (secure, f"{suite}-security"))
    stanzas = (apt.AptSource(uri=u, suite=s, components=("main",), signed_by=str(KEYRING)) for u, s in pairs)
    return "\n".join(stanza.stanza() for stanza in stanzas)


def trim(tree: Path, sources: str) -> None:
    """Remove lists, caches, documents and translations, and keep packages from bringing more."""
    for name in EMPTIED:
        _empty(tree / name)
    for name in REMOVED:
        (tree / name).unlink(missing_ok=True)
    _remove_files(tree / DOCUMENTS, keep="copyright")
    _remove_files(tree / LOCALES, keep="locale.alias")
    _write(tree / "etc/apt/sources.list.d/debian.sources", sources)
    _write(tree / "etc/apt/apt.conf.d/docker-clean", NO_CACHES)
    _write(tree / "etc/dpkg/dpkg.cfg.d/docker", NO_DOCUMENTS)
    _write(tree / "usr/sbin/policy-rc.d", NO_SERVICES, mode=0o755)


def _write(path: Path, text: str, *, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def _empty(directory: Path) -> None:
    """Remove all that a directory holds, but not the directory: packages expect it."""
    for path in directory.iterdir() if directory.is_dir() else ():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _remove_files(directory: Path, *, keep: str) -> None:
    """Remove every file below `directory` except those called `keep`, and the directories that get empty."""
    for path in sorted(directory.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.name != keep:
            path.unlink()

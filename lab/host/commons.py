"""Folders that all users of a host share, and files in them that nobody can lay a trap with.

`/run/lab` is root's, and everybody may make files there (mode 1777). Where root has never run the lab, /tmp takes its
place. A link that waits where a file should be, a second name of somebody's file, and a folder of a stranger are
refused: else `lab`, run as root, would write into whatever they lead to.
"""

import os
import stat
import tempfile
from pathlib import Path
from typing import IO

from lab.errors import HostError

SHARED = Path("/run/lab")
_EVERYBODY = 0o1777
_OTHERS_MAY_LOOK_UP = 0o711
_FILE_FOR_ALL = 0o666


def shared() -> Path | None:
    """The folder that all users share: LAB_STATE, else /run/lab; None where there is none and only root can make it."""
    if named := os.environ.get("LAB_STATE"):
        path = Path(named)
        path.parent.mkdir(parents=True, exist_ok=True)
        return _require_safe(_made(path, _EVERYBODY))
    if not os.path.lexists(SHARED) and os.getuid() == 0 and os.access(SHARED.parent, os.W_OK):
        _made(SHARED, _EVERYBODY)
    return _require_safe(SHARED) if os.path.lexists(SHARED) else None


def own() -> Path:
    """The folder of this user, in which nobody else can make or remove anything."""
    uid, common = os.getuid(), shared()
    if common is not None:
        return _require_safe(_made(common / str(uid), _OTHERS_MAY_LOOK_UP), owner=uid)
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    path = Path(runtime, "lab") if runtime else Path(tempfile.gettempdir(), f"lab-{uid}")
    return _require_safe(_made(path, _OTHERS_MAY_LOOK_UP), owner=uid)


def places(name: str) -> list[Path]:
    """Where a file of that name stands that all users share; more than one if some began before /run/lab was there."""
    common = shared()
    fallback = Path(tempfile.gettempdir()) / f"lab-{name}"
    if os.environ.get("LAB_STATE") and common is not None:
        return [common / name]
    if common is None:
        return [fallback]
    return [common / name, *([fallback] if os.path.lexists(fallback) else [])]


def open_shared(path: Path) -> IO[str]:
    """Open a file that any user may write, and make it if need be. Raises HostError for anything but a plain file."""
    try:
        descriptor = _descriptor(path)
    except OSError as error:
        raise _refused(path, error.strerror or "it cannot be opened") from None
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        os.close(descriptor)
        raise _refused(path, "it is not a file of its own")
    return os.fdopen(descriptor, "r+", encoding="utf-8")


def _descriptor(path: Path) -> int:
    # The kernel refuses O_CREAT for somebody else's file in a sticky folder (fs.protected_regular).
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        return os.open(path, flags)
    except FileNotFoundError:
        before = os.umask(0)
        try:
            return os.open(path, flags | os.O_CREAT | os.O_EXCL, _FILE_FOR_ALL)
        except FileExistsError:  # another process was quicker
            return os.open(path, flags)
        finally:
            os.umask(before)


def _made(path: Path, mode: int) -> Path:
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        return path
    except OSError as error:
        raise _refused(path, error.strerror or "it cannot be made") from None
    path.chmod(mode)
    return path


def _require_safe(path: Path, *, owner: int | None = None) -> Path:
    """The folder, if it is one, and this user's or root's, and nobody can remove in it what is not theirs."""
    found = path.lstat()
    owners = (0, os.getuid()) if owner is None else (owner,)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in owners:
        raise _refused(path, "it is not a folder of yours or of root's")
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not found.st_mode & stat.S_ISVTX:
        raise _refused(path, "others may remove files in it")
    return path


def _refused(path: Path, why: str) -> HostError:
    return HostError(
        f"{path} cannot be trusted: {why}",
        where="the lab keeps there who measures on this host, and what each process has started",
        fix="look at it (ls -ld), remove it if nobody needs it, or name another folder with LAB_STATE",
    )

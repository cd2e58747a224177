"""Open files and sockets of a tier's processes, against their limit. Shown to root and to the processes' own user."""

import os
from pathlib import Path

from lab.host.kernelfiles import PROC
from lab.model.evidence import Files

_LIMIT = "Max open files"


def fullest(pids: list[int], proc: Path = PROC) -> Files | None:
    """The process that is nearest to its limit; None where none is shown."""
    found = [files for pid in pids if (files := _files(pid, proc)) is not None]
    return max(found, key=lambda files: files.open / files.limit, default=None)


def _files(pid: int, proc: Path) -> Files | None:
    try:
        count = len(os.listdir(proc / str(pid) / "fd"))  # noqa: PTH208 - names alone, four times a second
        limits = (proc / str(pid) / "limits").read_text()
    except OSError:
        return None
    soft = next((line.split()[3] for line in limits.splitlines() if line.startswith(_LIMIT)), "")
    return Files(pid=pid, open=count, limit=int(soft)) if soft.isdigit() else None

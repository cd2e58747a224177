"""The lab itself as a part of a bundle: its tree, with lessons and docs, as a clone has it."""

import subprocess
import tarfile
from pathlib import Path

NOT_PACKED = {".git", ".venv", "results", "build"}
"""At the top, where no git says which files are the lab's: its past, its environment, runs and caches."""
CACHES = ("__pycache__", "node_modules")
GIT_TIMEOUT_S = 60


def pack(home: Path, to: Path) -> None:
    """Write the lab's files into a compressed archive: those that git knows, else all but caches and runs."""
    with tarfile.open(to, "w:gz", compresslevel=6) as tar:
        for path in _tracked(home) or _all(home):
            tar.add(path, arcname=str(path.relative_to(home)), recursive=False)


def _tracked(home: Path) -> list[Path]:
    """What git has of it, as it is now; nothing outside a clone."""
    if not (home / ".git").exists():
        return []
    try:
        done = subprocess.run(
            ["git", "-C", str(home), "ls-files", "-z"],
            capture_output=True,
            text=True,
            check=True,
            timeout=GIT_TIMEOUT_S,
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return [path for name in done.stdout.split("\0") if name and (path := home / name).exists()]


def _all(home: Path) -> list[Path]:
    """Every file but caches and what is the machine's own, without following links."""
    found = []
    for path in sorted(home.rglob("*")):
        inner = path.relative_to(home).parts
        rubbish = inner[0] in NOT_PACKED or any(
            name in CACHES or name.endswith((".egg-info", "_cache")) for name in inner
        )
        if not rubbish and (path.is_file() or path.is_symlink()):
            found.append(path)
    return found

"""Files in which the kernel tells something: any of them may be missing, withheld, or gone with its process."""

from pathlib import Path

PROC = Path("/proc")


def text(path: Path) -> str:
    """What a file holds; nothing where it cannot be read."""
    try:
        return path.read_text("utf-8", errors="replace")
    except OSError:
        return ""

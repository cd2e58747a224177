"""The kernel's page cache: files that were read stay in memory, so that a second start finds them there."""

import os
from pathlib import Path

from docker import DockerClient

DROP = Path("/proc/sys/vm/drop_caches")
EVERYTHING = "3"
"""Pages, and the names and places of files."""
LOCAL = "http+docker://"
"""How the client spells an engine behind a socket of this host."""


def drop(client: DockerClient) -> bool:
    """Forget what the kernel keeps of files; returns whether that was possible.

    It takes root, on the kernel that the engine runs on. Nothing is lost: what is needed is read again.
    """
    if not client.api.base_url.startswith(LOCAL):
        return False
    os.sync()  # only what is on disk can be dropped
    try:
        DROP.write_text(EVERYTHING, "ascii")
    except OSError:
        return False
    return True

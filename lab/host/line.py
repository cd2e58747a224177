"""First come, first served: who waits for the host's turn holds a byte of a shared file, further on the later it came.

The kernel lets go of a byte when its process ends, however it ends, so nobody waits for the dead.
"""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import IO

from lab.host import commons

_LINE = "line.lock"


@contextmanager
def place() -> Iterator[Callable[[], bool]]:
    """Stand in line until the block ends; what is given says whether nobody who came before is waiting any more."""
    with ExitStack() as held:
        files = [held.enter_context(commons.open_shared(path)) for path in commons.places(_LINE)]
        mine = time.monotonic_ns()
        for file in files:
            fcntl.lockf(file, fcntl.LOCK_EX, 1, mine)
        yield lambda: all(_nobody_before(file, mine) for file in files)


def _nobody_before(file: IO[str], mine: int) -> bool:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, mine, 0)
    except (BlockingIOError, PermissionError):  # POSIX leaves it open which
        return False
    fcntl.lockf(file, fcntl.LOCK_UN, mine, 0)
    return True

"""What coverage does not look at: it costs a good part of a program's CPU, also of one that runs nothing of `lab/`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from coverage import Coverage


def environment() -> dict[str, str]:
    """That of a program which is not the lab's: coverage is not begun in it."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}


@contextmanager
def here() -> Iterator[None]:
    """Count no lines of this process for the length of the block; of those that it starts all the same."""
    counting = Coverage.current()
    if counting is None:
        yield
        return
    counting.stop()
    try:
        yield
    finally:
        counting.start()

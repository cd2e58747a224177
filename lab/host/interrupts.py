"""Ctrl-C while something is being taken down must not leave half of it behind."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C and SIGTERM back for the length of the block; say so once to whoever presses again."""
    before = {number: signal.signal(number, _say_so) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say_so(_signal: int, _frame: FrameType | None) -> None:
    print("lab: taking down what was started; a moment …", file=sys.stderr, flush=True)

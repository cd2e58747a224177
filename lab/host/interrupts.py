"""Ctrl-C while something is started or taken down must not leave half of it behind."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import TypeVar

INTERRUPTS = (signal.SIGINT, signal.SIGTERM)
Started = TypeVar("Started")


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C and SIGTERM back for the length of the block; say so once to whoever presses again."""
    before = {number: signal.signal(number, _say_so) for number in INTERRUPTS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def begun(begin: Callable[[], Started], *, end: Callable[[Started], object]) -> Iterator[Started]:
    """What `begin` starts, for the length of the block; after it, however it ends, comes `end`.

    Ctrl-C while it starts waits until there is something to end: else it would run on, and nobody would know of it.
    """
    with ExitStack() as held:
        with postponed():
            started = begin()
            held.callback(end, started)
        yield started


@contextmanager
def postponed() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait until the end of the block. Outside of the main thread neither ever comes."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed: list[int] = []
    before = {number: signal.signal(number, lambda number, _frame: pressed.append(number)) for number in INTERRUPTS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if pressed:
            signal.raise_signal(pressed[0])


def _say_so(_signal: int, _frame: FrameType | None) -> None:
    print("lab: taking down what was started; a moment …", file=sys.stderr, flush=True)

"""Ctrl-C while something is started or taken down must not leave half of it behind."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import TypeVar

from lab.host.say import Say

INTERRUPTS = (signal.SIGINT, signal.SIGTERM)
Started = TypeVar("Started")
_TAKING_DOWN = "taking down what was started; a moment …"


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C and SIGTERM back for the length of the block; say so once to whoever presses again."""
    with _handled(_say_so):
        yield


@contextmanager
def told(say: Say) -> Iterator[None]:
    """Where Ctrl-C ends the block, say that what was started is taken down; of several around each other one does."""
    try:
        yield
    except KeyboardInterrupt as pressed:
        if _TAKING_DOWN not in getattr(pressed, "__notes__", ()):
            pressed.add_note(_TAKING_DOWN)
            say(_TAKING_DOWN)
        raise


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
    try:
        with _handled(lambda number, _frame: pressed.append(number)):
            yield
    finally:
        if pressed:
            signal.raise_signal(pressed[0])


@contextmanager
def _handled(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Let another handler have both signals for the length of the block."""
    before = {number: signal.signal(number, handler) for number in INTERRUPTS}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


def _say_so(_signal: int, _frame: FrameType | None) -> None:
    print(f"lab: {_TAKING_DOWN}", file=sys.stderr, flush=True)

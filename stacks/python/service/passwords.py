"""Passwords as argon2id hashes. Each hash takes 19 MiB and all of a core, so only so many are made at a time."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from service.problems import Problem

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
CORES = len(os.sched_getaffinity(0))
MOST_IN_LINE = 256  # who comes after them would wait for seconds: he is told to come again
# The hash of no password: an address that nobody has must cost as much as one that somebody has.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IG5vYm9keQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


class Busy(Problem):
    """Too many passwords wait to be hashed: 503."""

    why = "too many passwords wait to be hashed"

    def __init__(self) -> None:
        super().__init__("unavailable")


class Line:
    """So many at a time, so many who wait, and nobody who has gone: for a hash, or for what else takes a core."""

    def __init__(self, places: int, most: int) -> None:
        self._free = threading.BoundedSemaphore(places)
        self._room = threading.BoundedSemaphore(places + most)

    @contextmanager
    def place(self, has_gone: Callable[[], bool]) -> Iterator[None]:
        """A place, once one is free; raises Busy where too many wait, and where the client has gone meanwhile."""
        if not self._room.acquire(blocking=False):
            raise Busy
        try:
            with self._free:
                if has_gone():
                    raise Busy
                yield
        finally:
            self._room.release()


def never() -> bool:
    """When a client has gone of whom nothing is known."""
    return False


_LINE = Line(CORES, MOST_IN_LINE)


def make(password: str, has_gone: Callable[[], bool] = never) -> str:
    """A new hash, as a PHC string; blocks for some 20 ms once it is its turn."""
    with _LINE.place(has_gone):
        return _HASHER.hash(password)


def verify(known: str | None, password: str, has_gone: Callable[[], bool] = never) -> bool:
    """Whether the password is the one that was hashed; None is nobody's hash and costs the same time."""
    with _LINE.place(has_gone):
        try:
            return _HASHER.verify(known or _NOBODY, password)
        except (VerificationError, InvalidHashError):
            return False

"""Passwords as argon2id hashes. Each hash takes 19 MiB and all of a core, so only so many are made at a time."""

import os
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
CORES = len(os.sched_getaffinity(0))
_FREE_CORES = threading.BoundedSemaphore(CORES)
# The hash of no password: an address that nobody has must cost as much as one that somebody has.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IG5vYm9keQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


def make(password: str) -> str:
    """A new hash, as a PHC string; blocks for some 20 ms."""
    with _FREE_CORES:
        return _HASHER.hash(password)


def verify(known: str | None, password: str) -> bool:
    """Whether the password is the one that was hashed; None is nobody's hash and costs the same time."""
    with _FREE_CORES:
        try:
            return _HASHER.verify(known or _NOBODY, password)
        except (VerificationError, InvalidHashError):
            return False

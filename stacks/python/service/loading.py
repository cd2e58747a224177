"""One who loads for all who want the same: in a process by `Once`, between processes by a lock in the cache."""

import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from service.steps import Cache, Command, Once, Sleep, Steps, Unreachable, script

LOCK_MS = 2_000  # an owner who takes longer, or died, gets a second one beside him
PATIENCE_S = 10.0  # for owners, one after the other; then everybody loads for himself
LOOK_AGAIN_S = 0.01

Load = Callable[[], Steps[bytes]]
Store = Callable[[bytes], tuple[Command, ...]]


def load_once(key: str, load: Load, store: Store) -> Steps[bytes]:
    """What is under a key of the cache, loaded and stored there by one of all who ask for it now."""
    return (yield Once(key, partial(load_alone, key, load, store)))


def load_and_store(load: Load, store: Store, unlock: tuple[Command, ...] = ()) -> Steps[bytes]:
    """What was loaded; that it could not be stored is no reason to fail."""
    answer = yield from load()
    yield from ask((*store(answer), *unlock))
    return answer


def load_alone(key: str, load: Load, store: Store) -> Steps[bytes]:
    """As the owner of the key's lock; the others look again until it is there, or they get the lock themselves."""
    lock, owner = f"lock:{key}", uuid.uuid4().hex
    give_up_at = time.monotonic() + PATIENCE_S
    try:
        while True:
            # The lock first: what its last owner stored is then seen.
            won, kept = yield Cache((("SET", lock, owner, "NX", "PX", LOCK_MS), ("GET", key)))
            if won or kept is not None or time.monotonic() > give_up_at:
                break
            yield Sleep(LOOK_AGAIN_S)
    except Unreachable:
        return (yield from load())
    unlock: tuple[Command, ...] = (("EVALSHA", script("unlock"), 1, lock, owner),) if won else ()
    if kept is None:
        try:
            return (yield from load_and_store(load, store, unlock))
        except Exception:
            yield from ask(unlock)
            raise
    yield from ask(unlock)
    return kept


def ask(commands: tuple[Command, ...]) -> Steps[None]:
    """Sends what may as well get lost."""
    if commands:
        with suppress(Unreachable):
            yield Cache(commands)

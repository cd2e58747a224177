"""Items through two caches, with the cures for the three ways in which caches fail together."""

import random
import time
import uuid
from contextlib import suppress
from functools import partial

from service.metrics import CACHE_REQUESTS
from service.settings import Settings
from service.steps import Cache, Command, Load, Once, Sleep, Steps, Unreachable, script

ABSENT = b""  # kept in place of an item that does not exist
ABSENT_TTL_MS = 10_000
LOCK_MS = 2_000
LOOK_AGAIN_S = 0.01
MOST_IN_PROCESS = 10_000  # items; then the process starts over

_COUNTS = {(level, hit): CACHE_REQUESTS.labels(level, "hit" if hit else "miss")
           for level in ("process", "redis") for hit in (True, False)}  # fmt: skip


class ItemsCache:
    """The answers of items: in the process, then in Redis, then from Postgres after ITEM_DELAY.

    Their keys are the ids as the path has them: a text that is no id is under no key.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._in_process: dict[str, tuple[float, bytes]] = {}  # until when, by the monotonic clock, and the answer

    def read(self, number: str) -> Steps[bytes | None]:
        """The answer, None of an item that does not exist. Yields Load(), to be answered with the same of Postgres."""
        if not self._settings.cache:
            return (yield from self._load()) or None
        kept = self._kept(number)
        if self._settings.cache_l1_ttl_s:
            _COUNTS["process", kept is not None].inc()
        if kept is None:
            kept = yield from self._look(number)
            if kept != ABSENT or self._settings.cache_penetration:
                self._keep(number, kept)
        return kept or None

    def _look(self, number: str) -> Steps[bytes]:
        """The answer, or ABSENT, from Redis or Postgres."""
        try:
            (kept,) = yield Cache((("GET", _key(number)),))
        except Unreachable:
            return (yield from self._fetch(number, redis_down=True))
        _COUNTS["redis", kept is not None].inc()
        return (yield from self._fetch(number, redis_down=False)) if kept is None else kept

    def _fetch(self, number: str, *, redis_down: bool) -> Steps[bytes]:
        """The answer, or ABSENT, from Postgres, and kept in Redis from now on."""
        alone = self._settings.cache_breakdown
        if redis_down:
            fetch = self._load
        elif alone:
            fetch = partial(self._load_alone, number)
        else:
            fetch = partial(self._load_and_store, number)
        return (yield Once(_key(number), fetch)) if alone else (yield from fetch())

    def _load_alone(self, number: str) -> Steps[bytes]:
        """As the only one of all processes; the others look again until it is there, or until the lock is too old."""
        lock, owner = f"lock:{_key(number)}", uuid.uuid4().hex
        give_up_at = time.monotonic() + LOCK_MS / 1000
        try:
            while True:
                # The lock first: what its last owner stored is then seen.
                won, kept = yield Cache((("SET", lock, owner, "NX", "PX", LOCK_MS), ("GET", _key(number))))
                if won or kept is not None or time.monotonic() > give_up_at:
                    break
                yield Sleep(LOOK_AGAIN_S)
        except Unreachable:
            return (yield from self._load())
        unlock: tuple[Command, ...] = (("EVALSHA", script("unlock"), 1, lock, owner),) if won else ()
        if kept is None:
            try:
                return (yield from self._load_and_store(number, unlock))
            except Exception:
                yield from _ask(unlock)
                raise
        yield from _ask(unlock)
        return kept

    def _load_and_store(self, number: str, unlock: tuple[Command, ...] = ()) -> Steps[bytes]:
        answer = yield from self._load()
        store: tuple[Command, ...] = ()
        if answer != ABSENT or self._settings.cache_penetration:
            store = (("SET", _key(number), answer, "PX", self._ttl_ms(answer)),)
        yield from _ask((*store, *unlock))
        return answer

    def _load(self) -> Steps[bytes]:
        if self._settings.item_delay_s:
            yield Sleep(self._settings.item_delay_s)
        return (yield Load()) or ABSENT

    def _ttl_ms(self, answer: bytes) -> int:
        if answer == ABSENT:
            return ABSENT_TTL_MS
        stretch = random.uniform(1, 1.5) if self._settings.cache_avalanche else 1  # noqa: S311 - no secret
        return round(self._settings.cache_ttl_s * 1000 * stretch)

    def _kept(self, number: str) -> bytes | None:
        until, answer = self._in_process.get(number, (0.0, ABSENT))
        return answer if until > time.monotonic() else None

    def _keep(self, number: str, answer: bytes) -> None:
        if self._settings.cache_l1_ttl_s:
            if len(self._in_process) >= MOST_IN_PROCESS:
                self._in_process.clear()
            kept_s = self._settings.cache_l1_ttl_s
            if answer == ABSENT:
                kept_s = min(kept_s, ABSENT_TTL_MS / 1000)
            self._in_process[number] = (time.monotonic() + kept_s, answer)


def _key(number: str) -> str:
    return f"item:{number}"


def _ask(commands: tuple[Command, ...]) -> Steps[None]:
    """Sends what may as well get lost."""
    if commands:
        with suppress(Unreachable):
            yield Cache(commands)

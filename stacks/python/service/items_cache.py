"""Items through two caches, with the cures for the three ways in which caches fail together."""

import time
from functools import partial

from service.loading import load_and_store, load_once
from service.metrics import CACHE_REQUESTS, FAIL_OPEN
from service.settings import Settings
from service.steps import Cache, Command, Load, Once, Sleep, Steps, Unreachable
from service.users_cache import expiry_ms

ABSENT = b""  # kept in place of an item that does not exist
MOST_ABSENT_S = 10.0  # that it does not exist is kept no longer, in both caches together
MOST_IN_PROCESS = 10_000  # items; then the process starts over

_COUNTS = {(level, hit): CACHE_REQUESTS.labels(level, "hit" if hit else "miss")
           for level in ("process", "redis") for hit in (True, False)}  # fmt: skip


class ItemsCache:
    """The answers of items: in the process, then in Redis, then from Postgres after ITEM_DELAY.

    Their keys are the ids as the path has them: a text that is no id is under no key.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # Half of it in Redis and half in the process, which may get it at the end of the first half.
        self._absent_s = min(MOST_ABSENT_S, settings.cache_ttl_s) / 2
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
            FAIL_OPEN.labels("cache").inc()
            return (yield from self._fetch(number, redis_down=True))
        _COUNTS["redis", kept is not None].inc()
        return (yield from self._fetch(number, redis_down=False)) if kept is None else kept

    def _fetch(self, number: str, *, redis_down: bool) -> Steps[bytes]:
        """The answer, or ABSENT, from Postgres, and kept in Redis from now on."""
        alone = self._settings.cache_breakdown
        if redis_down:
            return (yield Once(_key(number), self._load)) if alone else (yield from self._load())
        store = partial(self._store, number)
        if alone:
            return (yield from load_once(_key(number), self._load, store))
        return (yield from load_and_store(self._load, store))

    def _store(self, number: str, answer: bytes) -> tuple[Command, ...]:
        if answer == ABSENT and not self._settings.cache_penetration:
            return ()
        return (("SET", _key(number), answer, "PX", self._ttl_ms(answer)),)

    def _load(self) -> Steps[bytes]:
        if self._settings.item_delay_s:
            yield Sleep(self._settings.item_delay_s)
        return (yield Load()) or ABSENT

    def _ttl_ms(self, answer: bytes) -> int:
        if answer == ABSENT:
            return max(1, round(self._absent_s * 1000))
        return expiry_ms(self._settings)

    def _kept(self, number: str) -> bytes | None:
        until, answer = self._in_process.get(number, (0.0, ABSENT))
        return answer if until > time.monotonic() else None

    def _keep(self, number: str, answer: bytes) -> None:
        if self._settings.cache_l1_ttl_s:
            if len(self._in_process) >= MOST_IN_PROCESS:
                self._in_process.clear()
            kept_s = self._settings.cache_l1_ttl_s
            if answer == ABSENT:
                kept_s = min(kept_s, self._absent_s)
            self._in_process[number] = (time.monotonic() + kept_s, answer)


def _key(number: str) -> str:
    return f"item:{number}"

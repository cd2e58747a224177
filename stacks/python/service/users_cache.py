"""Users and pages of users in the cache, each under a generation that ends with the next write of what it holds."""

import random
import uuid
from contextlib import suppress

from service.loading import load_and_store, load_once
from service.metrics import CACHE_REQUESTS, FAIL_OPEN
from service.paging import Page
from service.settings import Settings
from service.steps import Cache, Command, Load, Steps, Unreachable, script

PAGES = "users:generation"
_HIT = CACHE_REQUESTS.labels("redis", "hit")
_MISS = CACHE_REQUESTS.labels("redis", "miss")


def user_key(number: str) -> str:
    """The key of a user's answer; the id as the path has it, which may be none: then nothing is under it."""
    return f"user:{number}"


def page_key(page: Page) -> str:
    """The key of a page's answer."""
    return f"page:{page.limit}:{page.after}"


def expiry_ms(settings: Settings) -> int:
    """How long an answer is kept: what was stored together does not expire together."""
    stretch = random.uniform(1, 1.5) if settings.cache_avalanche else 1  # noqa: S311 - no secret
    return round(settings.cache_ttl_s * 1000 * stretch)


class UsersCache:
    """The answers of users, as JSON under `users:<generation>:<key>`.

    All pages have one generation, for a write may change any of them; each user has his own.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def read(self, key: str) -> Steps[bytes]:
        """The answer from the cache, else from Postgres: yields Load(), to be answered with its bytes."""
        if not self._settings.cache:
            return (yield Load())
        name, lives_ms = self._generation(key)
        ask = ("EVALSHA", script("users_read"), 1, name, key, _new_generation(), lives_ms)
        try:
            ((generation, kept),) = yield Cache((ask,))
        except Unreachable:
            FAIL_OPEN.labels("cache").inc()
            return (yield Load())
        if kept is not None:
            _HIT.inc()
            return kept
        _MISS.inc()
        # Stored under the generation of before the question to Postgres: if it was written in between, nobody asks for
        # this one.
        stored_as = f"users:{generation.decode()}:{key}"

        def store(answer: bytes) -> tuple[Command, ...]:
            return (("SET", stored_as, answer, "PX", expiry_ms(self._settings)),)

        if self._settings.cache_breakdown:
            return (yield from load_once(stored_as, _load, store))
        return (yield from load_and_store(_load, store))

    def before_write(self, user_id: int | None = None) -> Steps[None]:
        """Makes all pages, and what was kept of this user, unknown: what readers keep from now on has other names."""
        if not self._settings.cache:
            return
        commands: list[Command] = [("SET", PAGES, _new_generation())]
        if user_id is not None:
            name, lives_ms = self._generation(user_key(str(user_id)))
            commands.append(("SET", name, _new_generation(), "PX", lives_ms))
        yield Cache(tuple(commands))

    def after_write(self, user_id: int | None = None) -> Steps[None]:
        """Makes what was kept during the write unknown. No cache: the write stands, and old answers for CACHE_TTL."""
        with suppress(Unreachable):
            yield from self.before_write(user_id)

    def _generation(self, key: str) -> tuple[str, int]:
        """Under which name a key's generation is, and for how many milliseconds; 0: for ever.

        That of a user lives longer than what is kept under it. That of all pages does not end: they would end together.
        """
        if not key.startswith("user:"):
            return PAGES, 0
        return f"{key}:generation", max(1, round(self._settings.cache_ttl_s * 2000))


def _load() -> Steps[bytes]:
    return (yield Load())


def _new_generation() -> str:
    """A name that no generation had. Not a number: it would begin anew, and bring old answers back, when evicted."""
    return uuid.uuid4().hex

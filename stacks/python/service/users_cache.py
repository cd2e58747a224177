"""Users and pages of users in the cache, under a generation that ends with every write."""

import uuid
from contextlib import suppress

from service.metrics import CACHE_REQUESTS
from service.paging import Page
from service.settings import Settings
from service.steps import Cache, Load, Steps, Unreachable, script

_HIT = CACHE_REQUESTS.labels("redis", "hit")
_MISS = CACHE_REQUESTS.labels("redis", "miss")


def user_key(number: str) -> str:
    """The key of a user's answer; the id as the path has it, which may be none: then nothing is under it."""
    return f"user:{number}"


def page_key(page: Page) -> str:
    """The key of a page's answer."""
    return f"page:{page.limit}:{page.after}"


class UsersCache:
    """The answers of users, as JSON under `users:<generation>:<key>`."""

    def __init__(self, settings: Settings) -> None:
        self._on = settings.cache
        self._ttl_ms = round(settings.cache_ttl_s * 1000)

    def read(self, key: str) -> Steps[bytes]:
        """The answer from the cache, else from Postgres: yields Load(), to be answered with its bytes."""
        if not self._on:
            return (yield Load())
        try:
            ((generation, kept),) = yield Cache((("EVALSHA", script("users_read"), 0, key, _new_generation()),))
        except Unreachable:
            return (yield Load())
        if kept is not None:
            _HIT.inc()
            return kept
        _MISS.inc()
        # Stored under the generation of before the question to Postgres: if a user was written in between, nobody
        # asks for this one.
        answer = yield Load()
        with suppress(Unreachable):
            yield Cache((("SET", f"users:{generation.decode()}:{key}", answer, "PX", self._ttl_ms),))
        return answer

    def before_write(self) -> Steps[None]:
        """Makes what was kept unknown: what readers keep from now on is of before the write or of after it."""
        if self._on:
            yield Cache((("SET", "users:generation", _new_generation()),))

    def after_write(self) -> Steps[None]:
        """Makes what was kept during the write unknown. No cache: the write stands, and old answers for CACHE_TTL."""
        with suppress(Unreachable):
            yield from self.before_write()


def _new_generation() -> str:
    """A name that no generation had. Not a number: it would begin anew, and bring old answers back, when evicted."""
    return uuid.uuid4().hex

"""Policies without input and output: a generator yields what is to be done, and is sent what came of it.

One text serves a client that blocks and one that does not: drive_sync.py and drive_async.py carry the steps out.
"""

import hashlib
from collections.abc import Callable, Generator
from functools import cache
from typing import Any, NamedTuple, TypeVar

from service.problems import Problem
from service.settings import CONTRACT

T = TypeVar("T")
Command = tuple[str | bytes | int, ...]
POSTGRES, REDIS, CACHE = "Postgres", "Redis", "the cache"
TIMEOUT_S = 3.0  # for Redis to answer: a process with a thousand requests in hand reads a reply late


class Redis(NamedTuple):
    """Send these to the Redis of sessions and buckets in one round trip; sent back: the replies. Raises Unreachable."""

    commands: tuple[Command, ...]


class Cache(NamedTuple):
    """Send these to the Redis that is the cache, which may forget anything; else as `Redis`."""

    commands: tuple[Command, ...]


class Load(NamedTuple):
    """Ask Postgres, in the way of the framework at hand; sent back: what its function returned for the arguments."""

    arguments: tuple[Any, ...] = ()


class Sleep(NamedTuple):
    """Wait so many seconds."""

    seconds: float


class Once(NamedTuple):
    """Carry these steps out, unless somebody in this process is at it under the same key: then share what comes out."""

    key: str
    steps: Callable[[], "Steps[Any]"]


Step = Redis | Cache | Load | Sleep | Once
Steps = Generator[Step, Any, T]


class Unreachable(Problem):
    """A store does not answer: 503, unless a policy knows how to go on without it. `why` is for the log."""

    def __init__(self, why: str = "Redis does not answer") -> None:
        super().__init__("unavailable")
        self.why = why


# What the generation has under a key. One that was evicted is followed by one that never was, ARGV[2], which lives for
# ARGV[3] milliseconds; 0: for ever.
USERS_READ = """\
local generation = redis.call("GET", KEYS[1])
if not generation then
  generation = ARGV[2]
  if ARGV[3] == "0" then
    redis.call("SET", KEYS[1], generation)
  else
    redis.call("SET", KEYS[1], generation, "PX", ARGV[3])
  end
end
return {generation, redis.call("GET", "users:" .. generation .. ":" .. ARGV[1])}
"""

UNLOCK = """\
if redis.call("GET", KEYS[1]) == ARGV[1] then
  redis.call("DEL", KEYS[1])
end
"""


_SHARED = ("token_bucket", "start_session", "rotate_refresh")


@cache
def scripts() -> dict[str, bytes]:
    """The scripts that run in Redis, by the SHA-1 under which it knows them."""
    return {hashlib.sha1(text, usedforsecurity=False).hexdigest(): text for text in _texts().values()}


@cache
def script(name: str) -> str:
    """The SHA-1 of a script: what EVALSHA asks for."""
    return hashlib.sha1(_texts()[name], usedforsecurity=False).hexdigest()


@cache
def _texts() -> dict[str, bytes]:
    texts = {name: (CONTRACT / f"{name}.lua").read_bytes() for name in _SHARED}
    return texts | {"users_read": USERS_READ.encode(), "unlock": UNLOCK.encode()}

"""What handlers work with: made once per process, closed when it stops."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Self, TypeVar

import asyncpg
from database import Database
from redis.asyncio import Redis
from redis.exceptions import RedisError
from service import passwords, watch
from service.drive_async import AsyncDriver, client
from service.guard import Guard
from service.items_cache import ItemsCache
from service.sessions import Sessions
from service.settings import Settings
from service.spans import Spans
from service.steps import CACHE, POSTGRES, REDIS
from service.tokens import Tokens
from service.users_cache import UsersCache
from service.watch import Watch
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

T = TypeVar("T")
FAILURES = (RedisError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)  # a TimeoutError is an OSError


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Connections, and the rules that the shared package made of the settings."""

    settings: Settings
    spans: Spans
    watch: Watch
    database: Database
    redis_client: Redis
    cache_client: Redis
    redis: AsyncDriver
    guard: Guard
    sessions: Sessions
    users_cache: UsersCache
    items_cache: ItemsCache
    threads: ThreadPoolExecutor
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(passwords.CORES))
    in_line: set[object] = field(default_factory=set)

    @classmethod
    @asynccontextmanager
    async def opened(cls, settings: Settings, *, processes: int, spans: Spans | None = None) -> AsyncIterator[Self]:
        """The parts of one of so many processes."""
        spans = spans or Spans()
        tokens = Tokens(settings)
        redis_client = client(settings.redis_host, settings.redis_password)
        cache_client = client(settings.cache_host, settings.redis_password)
        seen = Watch()
        database = Database(settings, seen, processes=processes)
        spans.watch_postgres(database.sync_engines)
        spans.watch_redis(redis_client, cache_client)
        with ThreadPoolExecutor(passwords.CORES) as threads:
            yield cls(
                settings=settings,
                spans=spans,
                database=database,
                redis_client=redis_client,
                cache_client=cache_client,
                watch=seen,
                redis=AsyncDriver(redis_client, cache_client, seen),
                guard=Guard(settings, tokens),
                sessions=Sessions(settings, tokens),
                users_cache=UsersCache(settings),
                items_cache=ItemsCache(settings),
                threads=threads,
            )
        await redis_client.aclose()
        await cache_client.aclose()
        await database.close()

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Looks at the stores for as long as the block takes."""
        asks = {POSTGRES: self.database.answer, REDIS: self.redis_client.ping, CACHE: self.cache_client.ping}
        watching = asyncio.create_task(watch.in_loop(self.watch, asks, FAILURES))
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.wait([watching])  # it must not ask clients that are being closed

    async def hashed(self, request: Request, function: Callable[..., T], *arguments: object) -> T:
        """What a function of `passwords` gives, without holding up the loop; raises Busy where too many wait."""
        if len(self.in_line) >= passwords.MOST_IN_LINE:
            raise passwords.Busy
        self.in_line.add(turn := object())
        try:
            async with self.turns:
                if await request.is_disconnected():  # a hash for nobody would be in vain
                    raise passwords.Busy
                return await asyncio.get_running_loop().run_in_executor(self.threads, function, *arguments)
        finally:
            self.in_line.discard(turn)

    @asynccontextmanager
    async def changing_users(self, user_id: int | None = None) -> AsyncIterator[AsyncSession]:
        """A transaction that writes a user: the cache is made to forget what it changes before it and after it."""
        await self.redis.run(self.users_cache.before_write(user_id))
        try:
            async with self.database.transaction() as session:
                yield session
        finally:  # also after an error: a commit whose answer got lost may have happened
            await self.redis.run(self.users_cache.after_write(user_id))

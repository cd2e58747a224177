"""Carries out the steps of policies with a client that does not block: FastAPI's way."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, NoScriptError, RedisError  # noqa: A004

from service.steps import (
    CACHE,
    REDIS,
    TIMEOUT_S,
    Cache,
    Command,
    Load,
    Once,
    Redis,
    Sleep,
    Step,
    Steps,
    Unreachable,
    scripts,
)
from service.watch import Watch

T = TypeVar("T")
CONNECTIONS = 64  # of a process; redis-py refuses a question where all of its own limit (100) are taken


def client(host: str, password: str) -> redis.Redis:
    """A client of one Redis with a pool of connections; it connects when it is first asked."""
    return redis.Redis(
        host=host,
        password=password,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        retry=Retry(NoBackoff(), 1, (ConnectionError,)),  # a connection that ended when Redis was started again
    )


class AsyncDriver:
    """Carries steps out in the loop that asks."""

    def __init__(self, redis_client: redis.Redis, cache_client: redis.Redis, watch: Watch | None = None) -> None:
        self._redis = redis_client
        self._cache = cache_client
        self._watch = watch or Watch()
        self._turns = {id(each): asyncio.Semaphore(CONNECTIONS) for each in (redis_client, cache_client)}
        self._under_way: dict[str, asyncio.Task[Any]] = {}

    async def run(self, steps: Steps[T], load: Callable[..., Awaitable[Any]] | None = None) -> T:
        """What the steps come to; `load` asks Postgres."""
        try:
            step = next(steps)
            while True:
                try:
                    reply = await self._carry_out(step, load)
                except Exception as error:  # noqa: BLE001 - it is the policy's to handle, or to let through
                    step = steps.throw(error)
                else:
                    step = steps.send(reply)
        except StopIteration as end:
            return end.value

    async def _carry_out(self, step: Step, load: Callable[..., Awaitable[Any]] | None) -> Any:
        match step:
            case Redis(commands):
                self._watch.require(REDIS)
                return await self._ask(self._redis, commands)
            case Cache(commands):
                self._watch.require(CACHE)
                return await self._ask(self._cache, commands)
            case Load(arguments):
                return await load(*arguments)  # type: ignore[misc]  # whoever runs steps that load gives it
            case Sleep(seconds):
                return await asyncio.sleep(seconds)
            case Once(key, make):
                return await self._once(key, lambda: self.run(make(), load))

    async def _ask(self, client: redis.Redis, commands: tuple[Command, ...]) -> list[Any]:
        try:
            # All of it, the wait for a turn too: else many would wait for each other's time to be over.
            async with asyncio.timeout(TIMEOUT_S):
                replies = await self._pipeline(client, commands)
                if any(isinstance(reply, NoScriptError) for reply in replies):  # Redis was started anew
                    await self._pipeline(client, tuple(("SCRIPT LOAD", text) for text in scripts().values()))
                    replies = await self._pipeline(client, commands)
        except (RedisError, TimeoutError) as error:
            raise Unreachable from error
        for reply in replies:
            if isinstance(reply, RedisError):  # no memory left, still loading
                raise Unreachable from reply
        return replies

    async def _pipeline(self, client: redis.Redis, commands: tuple[Command, ...]) -> list[Any]:
        async with self._turns[id(client)], client.pipeline(transaction=False) as pipeline:
            for command in commands:
                pipeline.execute_command(*command)
            return await pipeline.execute(raise_on_error=False)

    async def _once(self, key: str, make: Callable[[], Awaitable[Any]]) -> Any:
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.ensure_future(make())
            task.add_done_callback(lambda _: self._under_way.pop(key))
        # Shielded: a client that hangs up ends his own waiting, not that of the others.
        return await asyncio.shield(task)

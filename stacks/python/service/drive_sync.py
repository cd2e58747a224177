"""Carries out the steps of policies with a client that blocks: Flask's way."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

import redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, NoScriptError, RedisError  # noqa: A004
from redis.retry import Retry

from service.lifecycle import require
from service.settings import Settings
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


def client(host: str, password: str) -> redis.Redis:
    """A client of one Redis with a pool of connections; it connects when it is first asked."""
    return redis.Redis(
        host=host,
        password=password,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        retry=Retry(NoBackoff(), 1, (ConnectionError,)),  # a connection that ended when Redis was started again
    )


def require_redis(settings: Settings) -> None:
    """Returns as soon as Redis answers, or exits with code 3."""
    with client(settings.redis_host, settings.redis_password) as redis_client:
        require("Redis", f"{settings.redis_host}:6379", redis_client.ping, RedisError)


class Driver:
    """Carries steps out, in whichever thread asks."""

    def __init__(self, redis_client: redis.Redis, cache_client: redis.Redis, watch: Watch | None = None) -> None:
        self._redis = redis_client
        self._cache = cache_client
        self._watch = watch or Watch()
        self._under_way: dict[str, Future[Any]] = {}
        self._lock = threading.Lock()

    def run(self, steps: Steps[T], load: Callable[..., Any] | None = None) -> T:
        """What the steps come to; `load` asks Postgres."""
        try:
            step = next(steps)
            while True:
                try:
                    reply = self._carry_out(step, load)
                except Exception as error:  # noqa: BLE001 - it is the policy's to handle, or to let through
                    step = steps.throw(error)
                else:
                    step = steps.send(reply)
        except StopIteration as end:
            return end.value

    def _carry_out(self, step: Step, load: Callable[..., Any] | None) -> Any:
        match step:
            case Redis(commands):
                self._watch.require(REDIS)
                return self._ask(self._redis, commands)
            case Cache(commands):
                self._watch.require(CACHE)
                return self._ask(self._cache, commands)
            case Load(arguments):
                return load(*arguments)  # type: ignore[misc]  # whoever runs steps that load gives it
            case Sleep(seconds):
                return time.sleep(seconds)
            case Once(key, make):
                return self._once(key, lambda: self.run(make(), load))

    def _ask(self, client: redis.Redis, commands: tuple[Command, ...]) -> list[Any]:
        try:
            replies = self._pipeline(client, commands)
            if any(isinstance(reply, NoScriptError) for reply in replies):  # Redis was started anew
                self._pipeline(client, tuple(("SCRIPT LOAD", text) for text in scripts().values()))
                replies = self._pipeline(client, commands)
        except RedisError as error:
            raise Unreachable from error
        for reply in replies:
            if isinstance(reply, RedisError):  # no memory left, still loading
                raise Unreachable from reply
        return replies

    def _pipeline(self, client: redis.Redis, commands: tuple[Command, ...]) -> list[Any]:
        with client.pipeline(transaction=False) as pipeline:
            for command in commands:
                pipeline.execute_command(*command)
            return pipeline.execute(raise_on_error=False)

    def _once(self, key: str, make: Callable[[], Any]) -> Any:
        with self._lock:
            future = self._under_way.get(key)
            first = future is None
            if future is None:
                future = self._under_way[key] = Future()
        if first:
            try:
                future.set_result(make())
            except BaseException as error:  # noqa: BLE001 - those who wait must hear of it, whatever it is
                future.set_exception(error)
            finally:
                del self._under_way[key]
        return future.result()

"""Postgres and Redis from an event loop: connections that end, that are many, that hang, that are not there."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import database
import ground
import pytest
from asyncpg import CannotConnectNowError
from conftest import settings_of
from database import unavailable
from parts import Parts
from processes import worker_count
from service import watch
from service.drive_async import CONNECTIONS
from service.problems import Problem
from service.steps import POSTGRES, REDIS, Redis, Unreachable
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

T = TypeVar("T")
BACKEND = text("SELECT pg_backend_pid()")


@asynccontextmanager
async def opened(**changed: str) -> AsyncIterator[Parts]:
    async with Parts.opened(settings_of(**changed), processes=1) as parts:
        yield parts


def within(coroutine: Coroutine[Any, Any, T], seconds: float = 120) -> T:
    return asyncio.run(asyncio.wait_for(coroutine, seconds))


def test_a_connection_that_postgres_closed_is_replaced_before_anybody_notices() -> None:
    async def main() -> tuple[int, int]:
        async with opened(POOL_SIZE="1") as parts:
            async with parts.database.single() as session:
                before = await session.scalar(BACKEND)
                pooled = await (await session.connection()).get_raw_connection()
                driver: Any = pooled.driver_connection
            async with Parts.opened(settings_of(), processes=1) as other, other.database.single() as session:
                await session.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": before})
            while not driver.is_closed():  # until the news is there
                await asyncio.sleep(0.01)
            async with parts.database.single() as session:
                return before, await session.scalar(BACKEND)

    before, after = within(main())
    assert before != after


def test_a_connection_that_ends_in_the_middle_says_unavailable() -> None:
    async def main() -> None:
        async with opened() as parts, parts.database.transaction() as session:
            pid = await session.scalar(BACKEND)
            async with parts.database.single() as other:
                await other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
            await session.execute(BACKEND)

    with pytest.raises(DBAPIError) as error:
        within(main())
    assert unavailable(error.value)


def test_a_postgres_that_hangs_is_unavailable_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "READ_TIMEOUT_S", 0.2)

    async def main() -> None:
        async with opened() as parts, parts.database.single() as session:
            await session.execute(text("SELECT pg_sleep(30)"))

    with pytest.raises(TimeoutError) as error:
        within(main())
    assert unavailable(error.value)


def test_who_waits_too_long_for_a_connection_hears_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "POOL_TIMEOUT_S", 0.2)

    async def main() -> None:
        async with opened(POOL_SIZE="1") as parts, parts.database.transaction() as first:
            await first.execute(BACKEND)
            async with parts.database.single() as reader:
                await reader.execute(BACKEND)  # readers have connections of their own
            async with parts.database.transaction() as second:
                await second.execute(BACKEND)

    with pytest.raises(PoolTimeout) as error:
        within(main())
    assert unavailable(error.value)


def test_connections_that_a_crowd_needs_are_opened_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    opening = most = 0
    open_one = database.Database._open

    async def watched(self: database.Database, patience_s: float) -> Any:
        nonlocal opening, most
        opening += 1
        most = max(most, opening)
        connection = await open_one(self, patience_s)
        opening -= 1
        return connection

    monkeypatch.setattr(database.Database, "_open", watched)

    async def main() -> list[int]:
        async with opened(POOL_SIZE="30") as parts:
            together = asyncio.Barrier(30)  # nobody's connection is free before all have one

            async def ask() -> int:
                async with parts.database.transaction() as session:
                    backend = await session.scalar(BACKEND)
                    await together.wait()
                    return backend

            return await asyncio.gather(*(ask() for _ in range(30)))

    assert len(set(within(main()))) == 30
    assert most == database.CONNECTING_AT_ONCE


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (OperationalError("", {}, Exception()), True),
        (ConnectionRefusedError(), True),
        (DBAPIError("", {}, CannotConnectNowError("starting up")), True),
        (IntegrityError("", {}, Exception()), False),
        (DBAPIError("", {}, Exception()), False),
    ],
)
def test_only_a_postgres_that_cannot_be_asked_is_unavailable(error: Exception, *, answer: bool) -> None:
    assert unavailable(error) is answer


def test_more_questions_to_redis_at_once_than_connections_take_turns() -> None:
    def count(key: str) -> Any:
        reply, _ = yield Redis((("INCR", key), ("PEXPIRE", key, 10_000)))
        return reply

    async def main() -> list[int]:
        async with opened() as parts:
            key = uuid.uuid4().hex
            return await asyncio.gather(*(parts.redis.run(count(key)) for _ in range(300)))

    assert sorted(within(main())) == list(range(1, 301))


def test_who_waits_for_a_turn_at_a_redis_that_hangs_waits_no_longer_than_one_who_has_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("service.drive_async.TIMEOUT_S", 1.0)

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def took_s(parts: Parts, questions: int) -> float:
        began_s = time.monotonic()
        asks = (parts.redis.run(_ping()) for _ in range(questions))
        assert {type(answer) for answer in await asyncio.gather(*asks, return_exceptions=True)} == {Unreachable}
        return time.monotonic() - began_s

    async def main() -> tuple[float, float]:
        async with await asyncio.start_server(hang, "127.0.0.1", 6379), opened(REDIS_HOST="127.0.0.1") as parts:
            return await took_s(parts, 1), await took_s(parts, 8 * CONNECTIONS)

    alone_s, many_s = within(main())
    assert many_s < 4 * alone_s  # in turns it would be eight times as long


def test_a_redis_that_did_not_answer_is_not_asked_until_it_does() -> None:
    async def main() -> bytes:
        async with opened() as parts:
            for _ in range(2):
                parts.watch.note(REDIS, OSError())
            with pytest.raises(Unreachable, match="unavailable"):
                await parts.redis.run(_ping())
            parts.watch.note(REDIS, None)
            return await parts.redis.run(_ping())

    assert within(main())


def test_a_postgres_that_did_not_answer_is_not_asked_until_it_does() -> None:
    async def main() -> None:
        async with opened() as parts:
            for _ in range(2):
                parts.watch.note(POSTGRES, OSError())
            for session in (parts.database.single, parts.database.transaction):
                with pytest.raises(Unreachable):
                    session()
            await parts.database.answer()

    within(main())


def test_who_looks_at_the_stores_stops_though_a_client_keeps_the_cancellation_to_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watch, "INTERVAL_S", 0.01)
    asked = asyncio.Event()

    async def keeps_it() -> None:
        if not asked.is_set():
            asked.set()
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(60)

    async def main() -> bool:
        looking = asyncio.create_task(watch.in_loop(watch.Watch(), {REDIS: keeps_it}, ()))
        await asked.wait()
        looking.cancel()
        done, _ = await asyncio.wait([looking], timeout=10)
        return bool(done)

    assert within(main())


def _ping() -> Any:
    (reply,) = yield Redis((("PING",),))
    return reply


def test_a_write_makes_caches_forget_before_it_and_after_it_also_when_it_fails() -> None:
    async def main() -> set[bytes | None]:
        async with opened() as parts:
            before = await parts.cache_client.get("users:generation")
            with suppress(Problem):
                async with parts.changing_users():
                    meanwhile = await parts.cache_client.get("users:generation")
                    raise Problem("not-found")
            return {before, meanwhile, await parts.cache_client.get("users:generation")}

    assert len(within(main())) == 3


@pytest.mark.parametrize(("host", "name"), [("POSTGRES_HOST", "Postgres"), ("REDIS_HOST", "Redis")])
def test_without_its_ground_the_service_does_not_start(
    host: str, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ground, "START_DEADLINE_S", 0.2)
    with pytest.raises(SystemExit) as ended:
        asyncio.run(ground.require_ground(settings_of(**{host: "127.0.0.1"})))
    assert ended.value.code == 3
    assert f"{name} cannot be reached at 127.0.0.1" in capsys.readouterr().err


@pytest.mark.parametrize("text_", ["0", "-1", "two", "", "1000"])
def test_a_number_of_processes_that_is_none_is_said_at_start(
    text_: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WORKERS", text_)
    with pytest.raises(SystemExit) as ended:
        worker_count()
    assert ended.value.code == 2
    assert "WORKERS" in capsys.readouterr().err

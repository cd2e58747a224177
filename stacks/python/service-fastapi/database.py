"""Postgres for asynchronous handlers: SQLAlchemy on asyncpg, one pool per process."""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Any

import asyncpg
from service.metrics import count_queries, time_waits
from service.queries import POSTGRES_DOWN
from service.settings import Settings
from service.steps import POSTGRES
from service.watch import Watch
from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

POOL_TIMEOUT_S = 30  # who waits longer for a connection to write, or in a transaction for others' locks, gets 503
READ_TIMEOUT_S = 5  # of a lone statement, and for a connection for it
CONNECT_TIMEOUT_S = 3
CONNECTING_AT_ONCE = 8
# SQLSTATE classes: connection lost, out of connections or memory, shutting down or starting.
_DOWN = ("08", "53", "57P")


class Database:
    """Gives sessions; a session takes a connection of the pool with its first statement and holds it until its end.

    `single()` is for statements that stand alone: each commits by itself, which is one round trip instead of three.
    `transaction()` commits at the end, or rolls back.
    """

    def __init__(self, settings: Settings, watch: Watch, *, processes: int) -> None:
        self._address = {"host": settings.postgres_host, "password": settings.postgres_password}
        self._connecting = asyncio.Semaphore(CONNECTING_AT_ONCE)
        self._watch = watch
        alone = self._engine("statements", settings.reading_share(processes), READ_TIMEOUT_S)
        transactions = self._engine("transactions", settings.pool_share(processes), POOL_TIMEOUT_S)
        self._engines = (alone, transactions)
        # expire_on_commit would read each object again after its commit.
        self._single = async_sessionmaker(
            alone.execution_options(isolation_level="AUTOCOMMIT"), class_=AsyncSession, expire_on_commit=False
        )
        self._transaction = async_sessionmaker(transactions, class_=AsyncSession, expire_on_commit=False).begin
        self._probe: asyncpg.Connection | None = None

    @property
    def sync_engines(self) -> list[Engine]:
        """The engines as SQLAlchemy's events know them."""
        return [engine.sync_engine for engine in self._engines]

    def single(self) -> AsyncSession:
        """A session for statements that stand alone."""
        self._watch.require(POSTGRES)
        return self._single()

    def transaction(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A transaction, which commits at the end, or rolls back."""
        self._watch.require(POSTGRES)
        return self._transaction()

    def _engine(self, pool: str, size: int, patience_s: float) -> AsyncEngine:
        """A pool, for whose connections and whose statements requests wait so long."""
        engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=lambda: self._connect(patience_s),
            pool_size=size,
            max_overflow=0,
            pool_timeout=patience_s,
        )
        event.listen(engine.sync_engine, "checkout", _refuse_closed)
        count_queries(engine.sync_engine)
        time_waits(engine.sync_engine, pool)
        return engine

    async def answer(self) -> None:
        """Returns if Postgres answers, on a connection outside of the pools: a busy pool is not a dead Postgres."""
        if self._probe is None or self._probe.is_closed():
            self._probe = await self._open(CONNECT_TIMEOUT_S)
        try:
            await self._probe.execute("SELECT 1")
        except BaseException:
            self._probe.terminate()
            raise

    async def _connect(self, patience_s: float) -> asyncpg.Connection:
        """A connection for a pool; a few at a time, or hundreds that start together would all time out."""
        async with asyncio.timeout(patience_s), self._connecting:
            return await self._open(patience_s)

    async def _open(self, patience_s: float) -> asyncpg.Connection:
        return await asyncpg.connect(
            user="lab",
            database="lab",
            ssl=False,
            timeout=CONNECT_TIMEOUT_S,
            command_timeout=patience_s,
            **self._address,
        )

    async def close(self) -> None:
        for engine in self._engines:
            await engine.dispose()
        if self._probe is not None:
            self._probe.terminate()


def unavailable(error: Exception) -> bool:
    """Whether the error says that Postgres cannot be asked now, not that it was asked something wrong."""
    if isinstance(error, (OSError, *POSTGRES_DOWN)):
        return True
    if not isinstance(error, DBAPIError):
        return False
    sqlstate = getattr(error.orig, "sqlstate", None) or ""
    return error.connection_invalidated or sqlstate.startswith(_DOWN)


def _refuse_closed(connection: Any, _record: Any, _proxy: Any) -> None:
    """Has the pool open another connection where Postgres closed this one; unlike a ping it asks nobody."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError

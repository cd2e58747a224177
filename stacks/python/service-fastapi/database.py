"""Postgres for asynchronous handlers: SQLAlchemy on asyncpg, one pool per process."""

import asyncio
from typing import Any

import asyncpg
from service.metrics import count_queries
from service.queries import POSTGRES_DOWN
from service.settings import Settings
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

POOL_TIMEOUT_S = 30  # who waits longer for a connection gets 503
CONNECT_TIMEOUT_S = 3
CONNECTING_AT_ONCE = 8
STATEMENT_TIMEOUT_S = 30  # of a Postgres that hangs; an order waits far shorter for its item
# SQLSTATE classes: connection lost, out of connections or memory, shutting down or starting.
_DOWN = ("08", "53", "57P")


class Database:
    """Gives sessions; a session takes a connection of the pool with its first statement and holds it until its end.

    `single()` is for statements that stand alone: each commits by itself, which is one round trip instead of three.
    `transaction()` commits at the end, or rolls back.
    """

    def __init__(self, settings: Settings, *, processes: int) -> None:
        self._address = {"host": settings.postgres_host, "password": settings.postgres_password}
        self._connecting = asyncio.Semaphore(CONNECTING_AT_ONCE)
        self._asking = asyncio.Lock()
        self._engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=self._connect,
            pool_size=settings.pool_share(processes),
            max_overflow=0,
            pool_timeout=POOL_TIMEOUT_S,
        )
        event.listen(self._engine.sync_engine, "checkout", _refuse_closed)
        count_queries(self._engine.sync_engine)
        alone = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        # expire_on_commit would read each object again after its commit.
        self.single = async_sessionmaker(alone, class_=AsyncSession, expire_on_commit=False)
        self.transaction = async_sessionmaker(self._engine, class_=AsyncSession, expire_on_commit=False).begin

    async def answer(self) -> None:
        """Returns if Postgres answers, on a connection outside of the pool: a busy pool is not a dead Postgres."""
        async with self._asking:  # so that who asks often does not take the connections of others
            connection = await self._open()
            try:
                await connection.execute("SELECT 1")
            finally:
                connection.terminate()

    async def _connect(self) -> asyncpg.Connection:
        """A connection for the pool; a few at a time, or hundreds that start together would all time out."""
        async with asyncio.timeout(POOL_TIMEOUT_S), self._connecting:
            return await self._open()

    async def _open(self) -> asyncpg.Connection:
        return await asyncpg.connect(
            user="lab",
            database="lab",
            ssl=False,
            timeout=CONNECT_TIMEOUT_S,
            command_timeout=STATEMENT_TIMEOUT_S,
            **self._address,
        )

    async def close(self) -> None:
        await self._engine.dispose()


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

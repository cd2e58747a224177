"""Postgres for code that blocks: Flask and the worker."""

import select
from typing import Any

import psycopg
from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, QueuePool

from service.lifecycle import require
from service.metrics import count_queries, time_waits
from service.settings import Settings

POOL_TIMEOUT_S = 30  # who waits longer for a connection to write gets 503
CONNECT_TIMEOUT_S = 3
READ_TIMEOUT_S = 5  # of a lone statement, and for a connection for it; a transaction may wait for others' locks


class Connection(psycopg.Connection[Any]):
    """A connection that does not wait for ever: psycopg itself sets no limit to how long Postgres may say nothing."""

    def wait(self, gen: Any, *args: Any, **options: Any) -> Any:
        """Carries a statement out; closes the connection where Postgres is gone or takes too long."""
        timeout_s = READ_TIMEOUT_S if self.autocommit else POOL_TIMEOUT_S
        try:
            return super().wait(gen, *args, **{"timeout": timeout_s, **options})
        except psycopg.OperationalError:
            self.close()
            raise


def url(settings: Settings, driver: str = "psycopg") -> URL:
    """Where Postgres is, for SQLAlchemy."""
    return URL.create(f"postgresql+{driver}", "lab", settings.postgres_password, settings.postgres_host, 5432, "lab")


def engine(
    settings: Settings, connections: int, *, wait_s: float = POOL_TIMEOUT_S, pool: str = "transactions"
) -> Engine:
    """An engine with a pool of so many connections, for one of which requests wait so long; connects when asked.

    `pool` is what the metrics call it.
    """
    made = create_engine(
        url(settings),
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=wait_s,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_S},
    )
    event.listen(made, "do_connect", lambda _dialect, _record, args, options: Connection.connect(*args, **options))
    event.listen(made, "checkout", _refuse_closed)
    count_queries(made)
    time_waits(made, pool)
    return made


def require_postgres(settings: Settings) -> None:
    """Returns as soon as Postgres answers, or exits with code 3."""
    engine = create_engine(url(settings), poolclass=NullPool, connect_args={"connect_timeout": CONNECT_TIMEOUT_S})
    require("Postgres", f"{settings.postgres_host}:5432", lambda: engine.connect().close(), DBAPIError)


def _refuse_closed(connection: object, _entry: ConnectionPoolEntry, _proxy: object) -> None:
    """Raises DisconnectionError, for which the pool connects anew, where Postgres has closed the connection.

    An idle connection has something to read only if it was closed: a look at the socket is a hundred times cheaper
    than the question that `pool_pre_ping` sends.
    """
    socket = select.poll()
    socket.register(connection.fileno(), select.POLLIN)  # type: ignore[attr-defined]
    if socket.poll(0):
        raise DisconnectionError

"""What requests work with, made once for each application."""

from contextlib import AbstractContextManager
from typing import cast

from flask import current_app
from redis.exceptions import RedisError
from service import drive_sync, postgres, queries, watch
from service.guard import Guard
from service.items_cache import ItemsCache
from service.sessions import Sessions
from service.settings import Settings
from service.spans import Spans
from service.steps import CACHE, POSTGRES, REDIS
from service.tokens import Tokens
from service.users_cache import UsersCache
from service.watch import Watch
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

NAME = "service"


class Parts:
    """Sessions of the database, the driver of policies and the policies."""

    def __init__(self, settings: Settings, spans: Spans, *, processes: int) -> None:
        self.settings = settings
        self.spans = spans
        self.watch = Watch()
        # A lone statement needs no transaction around it: one question instead of three.
        alone = postgres.engine(
            settings, settings.reading_share(processes), wait_s=postgres.READ_TIMEOUT_S, pool="statements"
        )
        self._reading: sessionmaker[Session] = sessionmaker(alone.execution_options(isolation_level="AUTOCOMMIT"))
        engine = postgres.engine(settings, settings.pool_share(processes))
        self._writing: sessionmaker[Session] = sessionmaker(engine, expire_on_commit=False)
        # Beside the pools: that they are busy does not mean that Postgres is gone.
        self.probing = postgres.engine(settings, 1, pool="probe").execution_options(isolation_level="AUTOCOMMIT")
        self.redis = drive_sync.client(settings.redis_host, settings.redis_password)
        cache = drive_sync.client(settings.cache_host, settings.redis_password)
        spans.watch_postgres([alone, engine])
        spans.watch_redis(self.redis, cache)
        self.driver = drive_sync.Driver(self.redis, cache, self.watch)
        self._cache = cache
        tokens = Tokens(settings)
        self.guard = Guard(settings, tokens)
        self.sessions = Sessions(settings, tokens)
        self.users = UsersCache(settings)
        self.items = ItemsCache(settings)

    def reading(self) -> Session:
        """A session for lone statements."""
        self.watch.require(POSTGRES)
        return self._reading()

    def writing(self) -> AbstractContextManager[Session]:
        """A transaction, which commits at the end."""
        self.watch.require(POSTGRES)
        return self._writing.begin()

    def keep_watch(self) -> None:
        """Looks at the stores from now on; to be called after the fork, which threads do not survive."""
        looks: watch.Looks = {POSTGRES: self._ask_postgres, REDIS: self.redis.ping, CACHE: self._cache.ping}
        watch.in_threads(self.watch, looks, (SQLAlchemyError, RedisError))

    def _ask_postgres(self) -> None:
        with self.probing.connect() as connection:
            connection.execute(queries.ANSWERS)


def parts() -> Parts:
    """Those of the application at hand."""
    return cast(Parts, current_app.extensions[NAME])

"""What requests work with, made once for each application."""

from typing import cast

from flask import current_app
from service import drive_sync, postgres
from service.guard import Guard
from service.items_cache import ItemsCache
from service.sessions import Sessions
from service.settings import Settings
from service.tokens import Tokens
from service.users_cache import UsersCache
from sqlalchemy.orm import Session, sessionmaker

NAME = "service"


class Parts:
    """Sessions of the database, the driver of policies and the policies."""

    def __init__(self, settings: Settings, *, processes: int) -> None:
        self.settings = settings
        engine = postgres.engine(settings, settings.pool_share(processes))
        # A lone SELECT needs no transaction around it: one question instead of three. The pool is the same.
        self.reading: sessionmaker[Session] = sessionmaker(engine.execution_options(isolation_level="AUTOCOMMIT"))
        self.writing: sessionmaker[Session] = sessionmaker(engine, expire_on_commit=False)
        # Beside the pool: that it is busy does not mean that Postgres is gone.
        self.probing = postgres.engine(settings, 1)
        self.redis = drive_sync.client(settings)
        self.driver = drive_sync.Driver(self.redis)
        tokens = Tokens(settings)
        self.guard = Guard(settings, tokens)
        self.sessions = Sessions(settings, tokens)
        self.users = UsersCache(settings)
        self.items = ItemsCache(settings)


def parts() -> Parts:
    """Those of the application at hand."""
    return cast(Parts, current_app.extensions[NAME])

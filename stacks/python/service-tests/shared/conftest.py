"""The real stores, which tests/service/python has brought up beside this container."""

from collections.abc import Iterator

import pytest
import redis
from service import drive_sync, postgres
from service.settings import Settings
from sqlalchemy import Engine


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings.read()


@pytest.fixture(scope="session")
def redis_client(settings: Settings) -> Iterator[redis.Redis]:
    with drive_sync.client(settings.redis_host, settings.redis_password) as client:
        yield client


@pytest.fixture(scope="session")
def engine(settings: Settings) -> Iterator[Engine]:
    made = postgres.engine(settings, 4)
    yield made
    made.dispose()

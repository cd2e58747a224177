"""The application with Starlette's own test client, on the real stores beside this container."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from app import create_app
from service.settings import Settings
from starlette.testclient import TestClient

Open = Callable[..., AbstractContextManager[TestClient]]


def settings_of(**changed: str) -> Settings:
    return Settings.read({"APP_ENV": "testing", "ORDER_WORK": "0.01", **changed})


@pytest.fixture(scope="session")
def opened() -> Open:
    """Opens an application with other settings than the defaults; its lifespan is that of the `with`."""
    return lambda **changed: TestClient(create_app(settings_of(**changed)), follow_redirects=False)


@pytest.fixture(scope="session")
def client(opened: Open) -> Iterator[TestClient]:
    with opened() as client:
        yield client


def signed_in(client: TestClient, number: int) -> dict[str, str]:
    """The headers of a seeded user."""
    credentials = {"email": f"user{number:05}@example.org", "password": "lab-password"}
    token = client.post("/api/v1/login", json=credentials).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def admin(client: TestClient) -> dict[str, str]:
    return signed_in(client, 1)


@pytest.fixture
def user(client: TestClient) -> dict[str, str]:
    return signed_in(client, 2)


@pytest.fixture
def somebody() -> dict[str, Any]:
    """The body of a user that there is not yet."""
    return {"name": "Zoë", "email": f"{uuid.uuid4().hex}@example.org", "age": 30, "password": "12345678"}

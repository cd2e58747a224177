"""The application with Flask's own test client, on the real stores beside this container."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from app import create_app
from flask import Flask
from flask.testing import FlaskClient
from service.settings import Settings

Make = Callable[..., Flask]


@pytest.fixture(scope="session")
def make_app() -> Make:
    """Makes an application with other settings than the defaults."""
    return lambda **settings: create_app(Settings.read({"APP_ENV": "testing", "ORDER_WORK": "0.01", **settings}))


@pytest.fixture(scope="session")
def app(make_app: Make) -> Flask:
    return make_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def signed_in(client: FlaskClient, number: int) -> dict[str, str]:
    """The headers of a seeded user."""
    credentials = {"email": f"user{number:05}@example.org", "password": "lab-password"}
    token = client.post("/api/v1/login", json=credentials).json["access_token"]
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def admin(client: FlaskClient) -> dict[str, str]:
    return signed_in(client, 1)


@pytest.fixture
def user(client: FlaskClient) -> dict[str, str]:
    return signed_in(client, 2)


@pytest.fixture
def somebody() -> dict[str, Any]:
    """The body of a user that there is not yet."""
    return {"name": "Zoë", "email": f"{uuid.uuid4().hex}@example.org", "age": 30, "password": "12345678"}

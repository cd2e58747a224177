"""Postgres or Redis hangs or dies: what is refused, what goes on, and that all is well afterwards."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from docker.models.containers import Container

from tests.service.conformance.problems import body, refused
from tests.service.conformance.running import PATIENCE_S, Service, eventually, is_ready

ITEM = "/api/v1/items/77"


@contextmanager
def hanging(container: Container) -> Iterator[None]:
    """Stopped in the middle of whatever it does; connections stay open and nobody answers."""
    container.pause()
    try:
        yield
    finally:
        container.unpause()


@contextmanager
def dead(container: Container) -> Iterator[None]:
    """Killed with SIGKILL."""
    container.kill()
    try:
        yield
    finally:
        container.start()


def healed(service: Service) -> None:
    """Wait until the service is ready again; then it must do everything, at once."""
    eventually(lambda: is_ready(service))
    pair = service.sign_in("user00006@example.org")
    assert service.ask("GET", "/api/v1/users/6", token=str(pair["access_token"])).status_code == 200
    assert "RateLimit-Limit" in service.ask("GET", ITEM).headers
    service.new_user()
    # Every connection that any process of the service holds must be a good one again.
    assert {service.as_admin("GET", f"/api/v1/users/{id_}").status_code for id_ in range(100, 160)} == {200}


def unready(service: Service) -> None:
    """Assert that /ready says so, and that /live is none the worse."""
    refused(service.ask("GET", "/ready"), "unavailable")
    assert service.ask("GET", "/live").text == "live"


def test_without_redis_whatever_needs_a_token_is_refused_and_items_go_on(service: Service) -> None:
    assert service.ask("GET", ITEM).status_code == 200
    with dead(service.containers["redis"]):
        unready(service)
        refused(service.as_user("GET", "/api/v1/users/2"), "unavailable")
        refused(service.as_admin("PUT", "/api/v1/users/2", data=b"{"), "unavailable")
        refused(service.ask("POST", "/api/v1/logout", token=service.token()), "unavailable")
        credentials = {"email": "user00001@example.org", "password": "lab-password"}
        refused(service.ask("POST", "/api/v1/login", json=credentials), "unavailable")
        refused(service.ask("POST", "/api/v1/refresh", json={"refresh_token": f"{'a' * 22}.{'a' * 43}"}), "unavailable")
        for path in (ITEM, "/api/v1/items/78"):  # one that was read before, and one that was not
            answer = service.ask("GET", path)
            assert answer.status_code == 200
            assert "RateLimit-Limit" not in answer.headers  # nobody could ask the bucket
        refused(service.ask("GET", "/api/v1/items/1001"), "not-found")
    healed(service)


def test_a_redis_that_hangs_is_a_redis_that_is_missing(service: Service) -> None:
    with hanging(service.containers["redis"]):
        unready(service)
        refused(service.as_user("GET", "/api/v1/users/2"), "unavailable")
        assert service.ask("GET", "/api/v1/items/79").status_code == 200
    healed(service)


def test_without_postgres_nothing_is_made_up(service: Service) -> None:
    order = {"item_id": 1, "quantity": 1}
    credentials = {"email": "user00007@example.org", "password": "lab-password"}
    with dead(service.containers["postgres"]):
        unready(service)
        refused(service.as_admin("GET", "/api/v1/users?limit=3&cursor=NTU1NQ"), "unavailable")
        refused(service.ask("POST", "/api/v1/login", json=credentials), "unavailable")
        answer = service.as_user("POST", "/api/v1/orders", json=order, headers={"Idempotency-Key": "lost"})
        refused(answer, "unavailable")
        refused(service.ask("GET", "/api/v1/items/888"), "unavailable")
    healed(service)


def test_a_postgres_that_hangs_is_told_by_the_readiness_check(service: Service) -> None:
    with hanging(service.containers["postgres"]):
        unready(service)
    healed(service)


def test_what_fails_because_a_part_is_missing_is_logged_as_an_error(service: Service) -> None:
    with dead(service.containers["redis"]):
        answer = service.as_user("GET", "/api/v1/users/2", headers={"X-Request-Id": "the-part-was-missing"})
        assert answer.content == body("unavailable")
    eventually(lambda: any('"error"' in line and "the-part-was-missing" in line for line in service.log()))
    healed(service)


def test_answers_while_postgres_comes_back_are_right_ones_or_unavailable(service: Service) -> None:
    seen: set[int] = set()
    with dead(service.containers["postgres"]):
        pass
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and 200 not in seen:
        seen |= {service.as_admin("GET", f"/api/v1/users/{id_}").status_code for id_ in range(200, 220)}
    healed(service)
    assert seen <= {200, 503}

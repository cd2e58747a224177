"""What the settings change, and what a service says that cannot start."""

import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import pytest

from lab.model import Stack
from tests.service.conformance import tokens
from tests.service.conformance.problems import refused
from tests.service.conformance.running import Service, beside, ended, eventually, held, secrets, waiting
from tests.service.stacks import CATALOG, DIRECT, parameters

# Only stacks that are asked directly: what stands behind Nginx is the same image.
pytestmark = pytest.mark.parametrize("service", parameters(DIRECT), indirect=True, scope="package")


@pytest.fixture
def stack(service: Service) -> Stack:
    return CATALOG.stack(service.stack)


WRONG = (("ORDER_MODE", "later"), ("CACHE_TTL", ""))
"""A word and a number; all settings are in the unit tests of each implementation."""
MISSING = (("app", "POSTGRES_HOST"), ("app", "REDIS_HOST"), ("worker", "POSTGRES_HOST"))
"""The worker asks Redis for nothing."""


def test_a_wrong_setting_is_said_at_start(service: Service, stack: Stack) -> None:
    with ThreadPoolExecutor(3) as pool:
        ends = list(pool.map(lambda wrong: ended(service, stack, "app", **dict([wrong])), WRONG))
    for (name, _), (status, output) in zip(WRONG, ends, strict=True):
        assert status == 2, output
        assert name in output
        assert not is_a_trace(output)


def test_a_service_does_not_start_without_its_stores(service: Service, stack: Stack) -> None:
    # That it gives up after 5 s is in its unit tests: here Compose and a name server take longer than the service.
    with ThreadPoolExecutor(3) as pool:
        ends = list(pool.map(lambda missing: ended(service, stack, missing[0], **{missing[1]: "nowhere"}), MISSING))
    for (_, name), (status, output) in zip(MISSING, ends, strict=True):
        assert status == 3, output
        assert name.partition("_")[0].lower() in output.lower()
        assert not is_a_trace(output)


def is_a_trace(output: str) -> bool:
    """Whether a program tells its stack instead of what is wrong."""
    return "Traceback" in output or "goroutine" in output


def test_switches_take_out_what_they_name(service: Service, stack: Stack) -> None:
    with beside(service, stack, AUTH="off", LIMIT="off", ACCESS_LOG="off", ORDER_MODE="async") as open_:
        request_id = uuid.uuid4().hex
        answer = open_.ask("GET", "/api/v1/users", headers={"X-Request-Id": request_id})
        assert answer.status_code == 200
        assert "RateLimit-Limit" not in answer.headers
        assert open_.ask("DELETE", f"/api/v1/users/{service.new_user()['id']}").status_code == 204
        order = {"item_id": 1, "quantity": 1}
        placed = open_.ask("POST", "/api/v1/orders", json=order, headers={"Idempotency-Key": request_id})
        assert (placed.status_code, placed.json()["status"]) == (202, "accepted")
        # It is an order of user 1, and the worker of the stack finishes it.
        path = placed.headers["Location"]
        refused(service.as_user("GET", path), "forbidden")
        eventually(lambda: service.as_admin("GET", path).json()["status"] == "done")
        assert request_id not in open_.app.logs().decode()
        assert "AUTH" in open_.app.logs().decode()


MORE_THAN_THREADS = 160
"""More orders than Flask's four processes have threads."""


def test_orders_that_wait_for_an_item_hold_up_nobody_else(service: Service, stack: Stack) -> None:
    token = service.token(2, "user")
    with (
        beside(service, stack, ORDER_MODE="sync", ORDER_WORK="0", POOL_SIZE="1") as small,
        ThreadPoolExecutor(MORE_THAN_THREADS) as pool,
        held(small, 18),
    ):
        body = {"item_id": 18, "quantity": 1}
        keys = [{"Idempotency-Key": uuid.uuid4().hex} for _ in range(MORE_THAN_THREADS)]
        ask = partial(small.ask, "POST", "/api/v1/orders", token=token, json=body)
        orders = [pool.submit(ask, headers=key) for key in keys]
        eventually(lambda: waiting(small, 18) > 0)  # and others for its connection
        for _ in range(8):  # each process
            assert small.sign_in("user00008@example.org")
            assert small.ask("GET", "/ready").status_code == 200
        assert not any(order.done() for order in orders)
    assert {order.result().status_code for order in orders} == {201}


def test_tokens_live_as_long_as_they_are_told(service: Service, stack: Stack) -> None:
    with beside(service, stack, ACCESS_TTL="2", REFRESH_TTL="2") as brief:
        pair = brief.sign_in("user00008@example.org")
        assert pair["expires_in"] == 2
        token = str(pair["access_token"])
        claims = tokens.opened(token)[1]
        expires_s = int(str(claims["exp"]))
        assert expires_s - int(str(claims["iat"])) == 2
        eventually(lambda: time.time() > expires_s and service.redis("EXISTS", f"session:{claims['sid']}") == "0")
        refused(brief.ask("GET", "/api/v1/users/8", token=token), "invalid-token")
        answer = brief.ask("POST", "/api/v1/refresh", json={"refresh_token": pair["refresh_token"]})
        refused(answer, "invalid-token")


def test_a_token_of_the_previous_key_is_good_until_that_is_withdrawn(service: Service, stack: Stack) -> None:
    pair = service.sign_in("user00009@example.org")
    access, refresh = str(pair["access_token"]), {"refresh_token": pair["refresh_token"]}
    with another_key(service):
        with beside(service, stack) as rotated:
            assert rotated.ask("GET", "/api/v1/users/9", token=access).status_code == 200
            exchanged = rotated.ask("POST", "/api/v1/refresh", json=refresh)
            assert exchanged.status_code == 200
            new = str(exchanged.json()["access_token"])
            assert tokens.opened(new)[0]["kid"] != tokens.opened(access)[0]["kid"]
            assert rotated.ask("GET", "/api/v1/users/9", token=new).status_code == 200
            refused(service.ask("GET", "/api/v1/users/9", token=new), "invalid-token")
        secrets(service, "./make-secrets /run/lab withdraw")
        with beside(service, stack) as withdrawn:
            assert withdrawn.ask("GET", "/api/v1/users/9", token=new).status_code == 200
            refused(withdrawn.ask("GET", "/api/v1/users/9", token=access), "invalid-token")
            refused(withdrawn.ask("POST", "/api/v1/refresh", json=refresh), "invalid-token")


@contextmanager
def another_key(service: Service) -> Iterator[None]:
    """The key of the tokens is rotated; afterwards those who start get the old one again, as if nothing had been."""
    secrets(service, "./make-secrets /run/lab rotate")
    try:
        yield
    finally:
        secrets(service, f"rm -f /run/lab/jwt_key* && printf %s {service.key.decode()} > /run/lab/jwt_key")


def test_behind_a_proxy_the_client_is_who_the_proxy_says(service: Service, stack: Stack) -> None:
    with beside(service, stack, TRUST_PROXY="on") as behind:
        request_id = uuid.uuid4().hex
        headers = {"X-Forwarded-For": "203.0.113.9, 203.0.113.7", "X-Request-Id": request_id}
        behind.ask("GET", "/live", headers=headers)
        found = f'"request_id":"{request_id}"'
        eventually(lambda: any(found in line and '"203.0.113.7"' in line for line in behind.log()))

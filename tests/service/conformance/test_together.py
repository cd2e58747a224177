"""The three services on one Postgres and one Redis: each takes what the others gave."""

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
import requests

from lab.model import Deployment
from tests.contract.contract_deployed import deployed
from tests.service.conformance import odd
from tests.service.conformance.problems import refused
from tests.service.conformance.running import Service, beside, service_of
from tests.service.stacks import DIRECT, variant

pytestmark = pytest.mark.xdist_group("together")

RATE_LIMIT = 4
"""Requests a second, and the burst, of the instances that are to run dry."""


@pytest.fixture(scope="module")
def ground(service_images: None) -> Iterator[Service]:
    """The first of the direct stacks, whose Postgres and Redis the others use."""
    first = DIRECT[0]
    deployment = Deployment(stack=first.name, variant=variant(first, mode="sync", cache="on"), pins="current")
    with deployed(first, deployment) as up:
        yield service_of(up)


@pytest.fixture(scope="module")
def services(ground: Service) -> Iterator[list[Service]]:
    """All three implementations."""
    with ExitStack() as stack:
        yield [ground, *(stack.enter_context(beside(ground, another)) for another in DIRECT[1:])]


def others(services: list[Service], one: Service) -> list[Service]:
    return [service for service in services if service is not one]


def test_the_services_are_three(services: list[Service]) -> None:
    assert len({service.app.image.id for service in services if service.app.image}) == len(services) == 3


def test_a_token_of_one_is_good_at_the_others_until_one_of_them_revokes_it(services: list[Service]) -> None:
    for issuer in services:
        for judge in services:
            token = str(issuer.sign_in("user00001@example.org")["access_token"])
            answers = {service.ask("GET", "/api/v1/users/2", token=token).content for service in services}
            assert len(answers) == 1
            assert judge.ask("POST", "/api/v1/logout", token=token).status_code == 204
            for service in services:
                refused(service.ask("GET", "/api/v1/users/2", token=token), "invalid-token")


def test_a_session_goes_on_at_another_and_ends_everywhere(services: list[Service]) -> None:
    pair = services[0].sign_in("user00002@example.org")
    for service in (*services[1:], *services):
        answer = service.ask("POST", "/api/v1/refresh", json={"refresh_token": pair["refresh_token"]})
        assert answer.status_code == 200
        used, pair = pair, answer.json()
    refused(services[0].ask("POST", "/api/v1/refresh", json={"refresh_token": used["refresh_token"]}), "invalid-token")
    refused(services[1].ask("POST", "/api/v1/refresh", json={"refresh_token": pair["refresh_token"]}), "invalid-token")


def test_what_one_writes_the_others_read_from_caches_or_not(services: list[Service]) -> None:
    for writer in services:
        user = writer.new_user(name="Before", profile={"bio": "ä<", "city": "\u2028"}, password="pässwörd-☃")
        path = f"/api/v1/users/{user['id']}"
        assert len({service.as_admin("GET", path).content for service in services}) == 1
        for service in services:
            service.sign_in(str(user["email"]), "pässwörd-☃")
        body = {"name": "After", "email": user["email"], "age": 1}
        assert writer.as_admin("PUT", path, json=body).status_code == 200
        assert {service.as_admin("GET", path).json()["name"] for service in services} == {"After"}
        assert writer.as_admin("DELETE", path).status_code == 204
        for service in services:
            refused(service.as_admin("GET", path), "not-found")


def test_answers_are_the_same_bytes(services: list[Service]) -> None:
    for path in ("/api/v1/users?limit=100", "/api/v1/users/1", "/api/v1/items/1", "/live", "/ready"):
        for accept in ("*/*", "application/x-protobuf"):
            answers = [service.as_admin("GET", path, headers={"Accept": accept}) for service in services]
            assert len({answer.content for answer in answers}) == 1, path
            assert len({answer.headers["Content-Type"] for answer in answers}) == 1, path


def test_an_order_is_the_same_order_at_the_others(services: list[Service]) -> None:
    for first in services:
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        body = {"item_id": 3, "quantity": 1}
        placed = first.as_user("POST", "/api/v1/orders", json=body, headers=headers)
        assert placed.status_code == 201, placed.text
        for service in others(services, first):
            again = service.as_user("POST", "/api/v1/orders", json=body, headers=headers)
            assert (again.status_code, again.content) == (201, placed.content)
            assert again.headers["Idempotency-Replayed"] == "true"
            assert service.as_user("GET", placed.headers["Location"]).content == placed.content


ODD_REQUESTS = int(os.environ.get("ODD_REQUESTS", "1000"))
"""A soak asks for more of them: docs/service.md."""
ODD_SEED = int(os.environ.get("ODD_SEED", "13"))


@pytest.mark.timeout(300 + ODD_REQUESTS)  # s; more than they take
def test_odd_requests_get_the_same_answers(services: list[Service]) -> None:
    for user in (1, 2, 3):  # who has an order cannot be deleted: the answer would be the first one's only
        service = services[0]
        headers, body = {"Idempotency-Key": "stays"}, {"item_id": 1, "quantity": 1}
        assert service.as_user("POST", "/api/v1/orders", user=user, json=body, headers=headers).status_code == 201
    tokens = {"admin": services[0].token(), "user": services[0].token(2, "user")}
    print(f"{ODD_REQUESTS:,} odd requests of seed {ODD_SEED}")
    differences = []
    for number, request in enumerate(odd.requests(ODD_SEED, ODD_REQUESTS, tokens)):
        if number % 500 == 0:
            services[0].token(), services[0].token(2, "user")  # on record for another while
        answers = {service.stack: odd.answered(address(service), request) for service in services}
        if not odd.are_the_same(request, answers.values()):
            differences.append((request.sent[:700], answers))
    assert not differences, "\n\n".join(f"{sent!r}\n{answers}" for sent, answers in differences[:20])


def address(service: Service) -> tuple[str, int]:
    parts = urlsplit(service.url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


def filled(ground: Service, bucket: str, tokens: int) -> None:
    """Give a bucket so many tokens. Its last change lies an hour ahead: until the next one it gets no others.

    One that is there goes first: it may be about to expire, between what is written into it and its new time.
    """
    ahead_ms = int((time.time() + 3600) * 1000)
    ground.redis("DEL", bucket)
    ground.redis("HSET", bucket, "tokens", str(tokens), "at_ms", str(ahead_ms))
    ground.redis("EXPIRE", bucket, "7200")


def test_instances_of_any_kind_share_one_bucket(ground: Service) -> None:
    token = ground.token(4, "user")
    with ExitStack() as stack:
        limited = [stack.enter_context(beside(ground, another, RATE_LIMIT=str(RATE_LIMIT))) for another in DIRECT]
        for service in limited:
            filled(ground, "bucket:user:4", 1)
            answer = service.ask("GET", "/api/v1/users/4", token=token)
            assert (answer.status_code, answer.headers["RateLimit-Remaining"]) == (200, "0")
            filled(ground, "bucket:user:4", 0)
            check_empty(service.ask("GET", "/api/v1/users/4", token=token))
            check_clients(ground, service)


def check_empty(answer: requests.Response) -> None:
    """Assert that it is refused, and says how its bucket is filled."""
    refused(answer, "rate-limited")
    assert answer.headers["Retry-After"] == "1"
    assert answer.headers["RateLimit-Limit"] == str(RATE_LIMIT)
    assert answer.headers["RateLimit-Remaining"] == "0"
    assert answer.headers["RateLimit-Reset"] == "1"


def check_clients(ground: Service, service: Service) -> None:
    """Another user has another bucket; who sends no good token has that of the address, whatever it claims to be."""
    filled(ground, "bucket:user:5", RATE_LIMIT)
    assert service.ask("GET", "/api/v1/users/5", token=service.token(5, "user")).status_code == 200
    assert service.ask("GET", "/live").status_code == 200
    service.ask("GET", "/api/v1/items/1")
    for n in range(3):
        for bucket in ground.redis("KEYS", "bucket:address:*").split():
            filled(ground, bucket, 0)
        headers = {"X-Forwarded-For": f"203.0.113.{n}", "Authorization": f"x {n}"}
        check_empty(service.ask("GET", "/api/v1/items/1", headers=headers))
    refused(service.ask("GET", "/api/v1/nowhere"), "not-found")  # no route, no token taken

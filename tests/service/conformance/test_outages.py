"""Postgres or Redis hangs or dies: what is refused, what goes on, and that all is well afterwards."""

import re
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest

from tests.service.conformance import tokens
from tests.service.conformance.problems import refused
from tests.service.conformance.running import PATIENCE_S, Service, dead, eventually, hanging, is_ready, locked
from tests.service.conformance.test_operation import growth, metrics
from tests.service.conformance.test_sessions import refresh
from tests.service.stacks import LONGEST, parameters

pytestmark = pytest.mark.parametrize("service", parameters(LONGEST), indirect=True, scope="package")

ITEM = "/api/v1/items/77"


def healed(service: Service) -> None:
    """Wait until each process of the service has noticed that all answer again; then it must do everything, at once."""
    eventually(lambda: is_ready(service) and statuses(service, range(160, 220)) == {200} and writes(service))
    pair = service.sign_in("user00006@example.org")
    assert service.ask("GET", "/api/v1/users/6", token=str(pair["access_token"])).status_code == 200
    assert "RateLimit-Limit" in service.ask("GET", ITEM).headers
    service.new_user()
    # Every connection that any process of the service holds must be a good one again.
    assert statuses(service, range(100, 160)) == {200}


def writes(service: Service) -> bool:
    """Whether each process writes; there may be four."""
    body = {"name": "N", "email": "user00150@example.org", "age": 1}
    return {service.as_admin("PUT", "/api/v1/users/150", json=body).status_code for _ in range(16)} == {200}


def statuses(service: Service, users: Iterable[int]) -> set[int]:
    """How requests for many users are answered: enough of them for each process and connection to have one."""
    service.redis("FLUSHALL", of="cache")  # it is Postgres who is to answer
    token = service.token()
    return {service.ask("GET", f"/api/v1/users/{id_}", token=token).status_code for id_ in users}


def unready(service: Service) -> None:
    """Wait until /ready says so, in each process, and assert that /live is none the worse."""
    eventually(lambda: {service.ask("GET", "/ready").status_code for _ in range(20)} == {503})
    refused(service.ask("GET", "/ready", headers={"X-Request-Id": "is-it-ready"}), "unavailable")
    eventually(lambda: any("answer" in line for line in lines_of(service, "is-it-ready")))
    assert service.ask("GET", "/live").text == "live"


def test_without_redis_whatever_needs_a_token_is_refused_and_the_log_says_why_and_items_go_on(service: Service) -> None:
    assert service.ask("GET", ITEM).status_code == 200
    pair = service.sign_in("user00006@example.org")
    with dead(service.containers["redis"]):
        unready(service)
        says_why(service, "redis")
        refused(service.as_user("GET", "/api/v1/users/2"), "unavailable")
        refused(service.as_admin("PUT", "/api/v1/users/2", data=b"{"), "unavailable")
        refused(service.ask("POST", "/api/v1/logout", token=service.token()), "unavailable")
        for password in ("lab-password", "another-password"):
            credentials = {"email": "user00001@example.org", "password": password}
            refused(service.ask("POST", "/api/v1/login", json=credentials), "unavailable")
        refused(service.ask("POST", "/api/v1/refresh", json={"refresh_token": pair["refresh_token"]}), "unavailable")
        refused(service.ask("POST", "/api/v1/refresh", json={"refresh_token": "x"}), "invalid-token")
        before = metrics(service)
        for path in (ITEM, "/api/v1/items/78"):  # one that was read before, and one that was not
            answer = service.ask("GET", path)
            assert answer.status_code == 200
            assert "RateLimit-Limit" not in answer.headers  # nobody could ask the bucket
        assert growth(service, 'fail_open_total{part="limit"}', before) >= 2
        assert metrics(service)['store_silent{store="redis"}'] == 1
        refused(service.ask("GET", "/api/v1/items/1001"), "not-found")
    healed(service)


@contextmanager
def without_cache(service: Service, how: str) -> Iterator[None]:
    with (dead if how == "dead" else hanging)(service.containers["cache"]):
        yield


@pytest.mark.parametrize("how", ["dead", "hanging"])
def test_without_the_cache_everything_is_read_from_postgres(service: Service, how: str) -> None:
    with without_cache(service, how):
        assert service.ask("GET", "/ready").status_code == 200
        for path in ("/api/v1/users?limit=2", "/api/v1/users/3", ITEM, "/api/v1/items/78"):
            assert service.as_admin("GET", path).status_code == 200
        assert service.sign_in("user00006@example.org")
        body = {"name": "N", "email": "user00140@example.org", "age": 1}
        answer = service.as_admin("PUT", "/api/v1/users/140", json=body)
        if service.settings["CACHE"] == "on":
            refused(answer, "unavailable")  # what the cache has would live on
        else:
            assert answer.status_code == 200
    healed(service)


def test_a_full_cache_keeps_nobody_from_signing_in(service: Service) -> None:
    service.redis("CONFIG", "SET", "maxmemory", "3mb", of="cache")
    token = service.token()
    for number in range(1, 200):
        cursor = tokens.encoded(str(number).encode())
        answer = service.ask("GET", f"/api/v1/users?limit=100&cursor={cursor}", token=token)
        assert answer.status_code == 200
    assert service.sign_in("user00006@example.org")
    if service.settings["CACHE"] == "on":
        assert int(service.redis("INFO", "stats", of="cache").partition("evicted_keys:")[2].split()[0]) > 0
    assert service.redis("--scan", "--pattern", "users:*") == ""
    service.redis("CONFIG", "SET", "maxmemory", "96mb", of="cache")


def test_a_redis_that_hangs_is_a_redis_that_is_missing(service: Service) -> None:
    with hanging(service.containers["redis"]):
        unready(service)
        refused(service.as_user("GET", "/api/v1/users/2"), "unavailable")
        assert service.ask("GET", "/api/v1/items/79").status_code == 200
    healed(service)


def test_a_redis_that_hung_has_spent_no_refresh_token(service: Service) -> None:
    """Who was told to try again must not be taken for a thief when he does.

    Postgres holds the clients up on their way to the exchange, so that Redis has each of them before it when it stands
    still, and none that it has done and not answered: that one is lost, as docs/service.md says.
    """
    users = range(2001, 2025)
    held = {user: str(service.sign_in(f"user{user:05}@example.org")["refresh_token"]) for user in users}
    with ThreadPoolExecutor(len(users)) as clients, ExitStack() as standing_still:
        with locked(service, "users"):
            under_way = [clients.submit(refresh, service, token) for token in held.values()]
            eventually(lambda: held_up(service) > 0)
            before = exchanges(service)
            standing_still.enter_context(hanging(service.containers["redis"]))
        assert {one.result(timeout=PATIENCE_S).status_code for one in under_way} == {503}
    eventually(lambda: is_ready(service))
    assert exchanges(service) > before, "Redis came to none of them"
    assert [refresh(service, token).status_code for token in held.values()] == [200] * len(users)


def held_up(service: Service) -> int:
    """How many wait for a lock of a table."""
    return int(service.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))


def exchanges(service: Service) -> int:
    """How many scripts Redis has come to: exchanges of tokens, and buckets of those who have not got so far."""
    calls = re.search(r"cmdstat_evalsha:calls=(\d+)", service.redis("INFO", "commandstats"))
    return int(calls[1]) if calls else 0


def test_without_postgres_nothing_is_made_up_and_the_log_says_why(service: Service) -> None:
    order = {"item_id": 1, "quantity": 1}
    credentials = {"email": "user00007@example.org", "password": "lab-password"}
    with dead(service.containers["postgres"]):
        unready(service)
        says_why(service, "postgres")
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


def says_why(service: Service, part: str) -> None:
    """A request that a missing part makes fail is logged as an error, and the part is named beside it."""
    said = f"{part}-was-away"
    credentials = {"email": "user00001@example.org", "password": "lab-password"}
    answer = service.ask("POST", "/api/v1/login", json=credentials, headers={"X-Request-Id": said})
    refused(answer, "unavailable")
    eventually(lambda: any('"error"' in line and said in line for line in service.log()))
    eventually(lambda: any(part in line.lower() and "answer" in line for line in lines_of(service, said)))


def lines_of(service: Service, request_id: str) -> list[str]:
    """What the application has said of a request besides the line that each request has."""
    lines = service.app.logs().decode().splitlines()
    return [line for line in lines if request_id in line and '"message":"request"' not in line]


def test_answers_while_postgres_comes_back_are_right_ones_or_unavailable(service: Service) -> None:
    seen: set[int] = set()
    with dead(service.containers["postgres"]):
        pass
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and 200 not in seen:
        seen |= {service.as_admin("GET", f"/api/v1/users/{id_}").status_code for id_ in range(200, 220)}
    healed(service)
    assert seen <= {200, 503}

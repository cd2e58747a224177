"""Users and their profiles: a page costs the same however long it is."""

from collections.abc import Iterator

import pytest

from lab.model import Stack
from tests.service.cache.queries import at_once, counting
from tests.service.conformance.running import Service, beside, locked

MOST_QUERIES = 2
"""The users, and all their profiles together; or one with both."""
LENGTHS = (1, 10, 100)
CLIENTS = 30


def page(service: Service, limit: int) -> int:
    """The number of users on the first page."""
    answer = service.as_admin("GET", f"/api/v1/users?limit={limit}")
    assert answer.status_code == 200
    return len(answer.json()["items"])


def test_a_page_costs_as_many_queries_whatever_its_length(uncached: Service) -> None:
    costs = set()
    for limit in LENGTHS:
        with counting(uncached, "users", "profiles") as counted:
            assert page(uncached, limit) == limit
        costs.add(counted.queries)
    assert len(costs) == 1
    assert 1 <= costs.pop() <= MOST_QUERIES


@pytest.fixture(scope="package")
def cached(uncached: Service, stack: Stack) -> Iterator[Service]:
    with beside(uncached, stack, CACHE="on") as one:
        yield one


def test_a_page_in_the_cache_costs_nothing_until_a_user_changes(cached: Service) -> None:
    assert page(cached, 20) == 20
    with counting(cached, "users", "profiles") as counted:
        assert page(cached, 20) == 20
    assert counted.queries == 0
    cached.new_user()
    with counting(cached, "users", "profiles") as counted:
        assert page(cached, 20) == 20
    assert 1 <= counted.queries <= MOST_QUERIES


def ask(service: Service, path: str) -> int:
    return service.as_admin("GET", f"/api/v1/users{path}").status_code


def test_a_user_who_is_replaced_is_the_only_one_to_be_read_anew(cached: Service) -> None:
    body = {"name": "Other", "email": "user00302@example.org", "age": 1}
    assert [ask(cached, f"/{number}") for number in range(301, 306)] == [200] * 5
    assert cached.as_admin("PUT", "/api/v1/users/302", json=body).status_code == 200
    with counting(cached, "users", "profiles") as counted:
        assert [ask(cached, f"/{number}") for number in (301, 303, 304, 305)] == [200] * 4
    assert counted.queries == 0
    assert cached.as_admin("GET", "/api/v1/users/302").json()["name"] == "Other"


A_MOMENT_AFTER_ONE_WAITS = """
WHILE NOT EXISTS (SELECT FROM pg_locks WHERE relation = 'profiles'::regclass AND NOT granted) LOOP
  PERFORM pg_sleep(0.01);
END LOOP;
PERFORM pg_sleep(0.3);
"""
"""In which the others come. Postgres ends it: it is far shorter than the 2 s for which nobody else loads the same."""


def test_one_of_all_who_want_the_same_users_reads_them_for_all_in_every_process(
    uncached: Service, cached: Service, stack: Stack
) -> None:
    with beside(uncached, stack, CACHE="on") as another:
        both = (cached, another)
        for path in ("?limit=7", "/310"):  # that no test has asked for before
            with counting(cached, "users", "profiles") as alone:
                assert ask(uncached, path) == 200
            first_is_held_up = locked(cached, "profiles", until=A_MOMENT_AFTER_ONE_WAITS)
            with counting(cached, "users", "profiles") as crowd, first_is_held_up:
                answers = at_once(CLIENTS, lambda n, path=path: ask(both[n % 2], path))  # type: ignore[misc]
                assert answers == [200] * CLIENTS
            assert crowd.queries == alone.queries

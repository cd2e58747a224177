"""Users and their profiles: a page costs the same however long it is."""

from collections.abc import Iterator
from contextlib import contextmanager

from lab.model import Stack
from tests.service.cache.queries import at_once, counting
from tests.service.conformance.running import Service, beside, eventually

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


def test_a_page_in_the_cache_costs_nothing_until_a_user_changes(uncached: Service, stack: Stack) -> None:
    with beside(uncached, stack, CACHE="on") as cached:
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


def test_a_user_who_is_replaced_is_the_only_one_to_be_read_anew(uncached: Service, stack: Stack) -> None:
    body = {"name": "Other", "email": "user00302@example.org", "age": 1}
    with beside(uncached, stack, CACHE="on") as cached:
        assert [ask(cached, f"/{number}") for number in range(301, 306)] == [200] * 5
        assert cached.as_admin("PUT", "/api/v1/users/302", json=body).status_code == 200
        with counting(cached, "users", "profiles") as counted:
            assert [ask(cached, f"/{number}") for number in (301, 303, 304, 305)] == [200] * 4
        assert counted.queries == 0
        assert cached.as_admin("GET", "/api/v1/users/302").json()["name"] == "Other"


UNTIL_ONE_WAITS = """\
DO $$ BEGIN
  LOCK TABLE profiles;
  WHILE NOT EXISTS (SELECT FROM pg_locks WHERE relation = 'profiles'::regclass AND NOT granted) LOOP
    PERFORM pg_sleep(0.01);
  END LOOP;
  PERFORM pg_sleep(0.3);
END $$"""


@contextmanager
def first_reader_is_held_up(service: Service) -> Iterator[None]:
    """Whoever reads profiles first waits a moment, in which the others come.

    Postgres itself ends that moment: it is far shorter than the two seconds for which nobody else loads the same.
    """
    service.containers["postgres"].exec_run(["psql", "-d", "lab", "-c", UNTIL_ONE_WAITS], detach=True)
    locked = "SELECT count(*) FROM pg_locks WHERE relation = 'profiles'::regclass AND mode = 'AccessExclusiveLock'"
    eventually(lambda: service.sql(locked) == "1")
    try:
        yield
    finally:
        service.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'DO $$%profiles%'")


def test_one_of_all_who_want_the_same_users_reads_them_for_all_in_every_process(
    uncached: Service, stack: Stack
) -> None:
    with beside(uncached, stack, CACHE="on") as one, beside(uncached, stack, CACHE="on") as two:
        for path in ("?limit=7", "/310"):
            with counting(one, "users", "profiles") as alone:
                assert ask(uncached, path) == 200
            with counting(one, "users", "profiles") as crowd, first_reader_is_held_up(one):
                answers = at_once(CLIENTS, lambda n, path=path: ask((one, two)[n % 2], path))  # type: ignore[misc]
                assert answers == [200] * CLIENTS
            assert crowd.queries == alone.queries

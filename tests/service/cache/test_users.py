"""Users and their profiles: a page costs the same however long it is."""

from lab.model import Stack
from tests.service.cache.queries import counting
from tests.service.conformance.running import Service, beside

MOST_QUERIES = 2
"""The users, and all their profiles together; or one with both."""
LENGTHS = (1, 10, 100)


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

"""The three ways in which a cache fails, with its cure off and on, counted in queries."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from lab.model import Stack
from tests.service.cache.queries import at_once, counting
from tests.service.conformance.running import Service, beside, dead

ABSENT = 999_999
MANY = 100
CLIENTS = 50
TTL_S = 600
FEW = 40
"""Of 100 whose expiry was drawn from 600 to 900 s: those that are over after 600 s and the time this test takes.

It would have to take two minutes for so many.
"""
AGE = """
local kept = 0
for _, key in ipairs(KEYS) do
  local left_ms = redis.call("PTTL", key)
  if left_ms ~= -2 then kept = kept + 1 end
  if left_ms > tonumber(ARGV[1]) then redis.call("PEXPIRE", key, left_ms - ARGV[1]) else redis.call("DEL", key) end
end
return kept
"""
OFF = {"CACHE_PENETRATION": "off", "CACHE_AVALANCHE": "off", "CACHE_BREAKDOWN": "off"}
ON = dict.fromkeys(OFF, "on")
CACHED = {"CACHE": "on", "CACHE_TTL": str(TTL_S), "CACHE_L1_TTL": "0"}
"""Without the cache in the process: of which several processes have one each."""
SLOW = {"ITEM_DELAY": "0.5"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Applications:
    """The same application with the cures off and on, each also with a slow query behind."""

    off: Service
    on: Service
    slow_off: Service
    slow_on: Service


@pytest.fixture(scope="package")
def applications(uncached: Service, stack: Stack) -> Iterator[Applications]:
    variants = [OFF, ON, {**OFF, **SLOW}, {**ON, **SLOW}]
    with ExitStack() as open_, ThreadPoolExecutor() as pool:
        beginnings = [beside(uncached, stack, **CACHED, **settings) for settings in variants]
        off, on, slow_off, slow_on = pool.map(open_.enter_context, beginnings)
        yield Applications(off=off, on=on, slow_off=slow_off, slow_on=slow_on)


def item(service: Service, number: int) -> int:
    """The status of an item's answer."""
    return service.ask("GET", f"/api/v1/items/{number}").status_code


def test_without_a_cache_every_answer_is_a_query(uncached: Service) -> None:
    with counting(uncached, "items") as counted:
        assert [item(uncached, 201) for _ in range(5)] == [200] * 5
    assert counted.queries == 5


def test_an_item_in_the_cache_costs_one_query_however_often_it_is_asked(applications: Applications) -> None:
    for number, service in ((202, applications.off), (203, applications.on)):
        with counting(service, "items") as counted:
            assert [item(service, number) for _ in range(5)] == [200] * 5
        assert counted.queries == 1


def test_penetration_each_request_for_an_absent_item_is_a_query_until_its_absence_is_kept(
    applications: Applications,
) -> None:
    for service, queries in ((applications.off, 20), (applications.on, 1)):
        service.redis("DEL", f"item:{ABSENT}", of="cache")
        with counting(service, "items") as counted:
            assert [item(service, ABSENT) for _ in range(20)] == [404] * 20
        assert counted.queries == queries


def test_breakdown_all_who_ask_for_an_expired_item_ask_postgres_until_one_does_it_for_all(
    applications: Applications,
) -> None:
    costs = []
    for number, service in ((204, applications.slow_off), (205, applications.slow_on)):
        assert item(service, number) == 200
        service.redis("DEL", f"item:{number}", of="cache")
        with counting(service, "items") as counted:
            assert at_once(CLIENTS, lambda _, s=service, n=number: item(s, n)) == [200] * CLIENTS  # type: ignore[misc]
        costs.append(counted.queries)
    assert costs[0] > 1  # as many as came within the delay
    assert costs[1] == 1


def test_the_end_of_a_loader_who_died_is_no_stampede(
    applications: Applications, uncached: Service, stack: Stack
) -> None:
    with beside(uncached, stack, **CACHED, **ON, **SLOW) as another:
        both = (applications.slow_on, another)
        another.redis("SET", "lock:item:207", "somebody who died", "PX", "2000", of="cache")
        with counting(another, "items") as counted:
            assert at_once(CLIENTS, lambda n: item(both[n % 2], 207)) == [200] * CLIENTS
        assert counted.queries == 1


def test_avalanche_items_stored_together_expire_together_until_their_expiry_is_drawn(
    applications: Applications,
) -> None:
    costs = []
    for service, first in ((applications.off, 300), (applications.on, 300 + MANY)):
        assert cost_of_all(service, first) == MANY
        let_time_pass(service, first)
        costs.append(cost_of_all(service, first))
    assert costs[0] == MANY
    assert costs[1] <= FEW


def let_time_pass(service: Service, first: int) -> None:
    """Take TTL_S from what MANY items have left in Redis: exact, and quicker than waiting."""
    keys = [f"item:{number}" for number in range(first, first + MANY)]
    assert service.redis("EVAL", AGE, str(MANY), *keys, str(TTL_S * 1000), of="cache") == str(MANY)


def cost_of_all(service: Service, first: int) -> int:
    """The number of queries that MANY items cost, asked for ten at a time."""
    with counting(service, "items") as counted:
        at_once(10, lambda client: [item(service, first + n) for n in range(client, MANY, 10)])
    return counted.queries


def test_without_the_cache_items_come_from_postgres(applications: Applications) -> None:
    with dead(applications.on.containers["cache"]):
        for service in (applications.off, applications.on):
            with counting(service, "items") as counted:
                assert [item(service, 206) for _ in range(5)] == [200] * 5
            assert counted.queries == 5

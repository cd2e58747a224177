"""Queries counted by Postgres itself: what an answer costs, without looking at a clock."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from tests.service.conformance.running import Service

T = TypeVar("T")
COUNT = """
SELECT coalesce(sum(calls), 0) FROM pg_stat_statements
WHERE userid = 'lab'::regrole AND query ~* '\\m({tables})\\M'
"""


@dataclass
class Counted:
    """How many queries a block has cost; known when it is over."""

    queries: int = -1


@contextmanager
def counting(service: Service, *tables: str) -> Iterator[Counted]:
    """Count the service's queries of some tables while the block runs."""
    before, counted = _count(service, tables), Counted()
    yield counted
    counted.queries = _count(service, tables) - before


def _count(service: Service, tables: Iterable[str]) -> int:
    return int(service.sql(COUNT.format(tables="|".join(tables))))


def at_once(number: int, ask: Callable[[int], T]) -> list[T]:
    """What `ask` returns for 0 … number-1, all asked at the same time."""
    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(ask, range(number)))

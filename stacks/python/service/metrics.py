"""The service's metrics for Prometheus.

Several processes of one service write to files in PROMETHEUS_MULTIPROC_DIR, which must be set before this module is
imported; each of them can then answer for all.
"""

import os
from typing import Any

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import Engine, event

CONTENT_TYPE = CONTENT_TYPE_LATEST
disable_created_metrics()  # a line more for each, that nobody reads

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})

REQUESTS = Counter("http_requests_total", "Answered requests.", ["method", "route", "status"])
BUCKETS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
DURATIONS = Histogram(
    "http_request_duration_seconds", "From the request's head to its answer.", ["method", "route"], buckets=BUCKETS_S
)
DB_QUERIES = Counter("db_queries_total", "Statements sent to Postgres.")
CACHE_REQUESTS = Counter("cache_requests_total", "Questions to a cache.", ["level", "outcome"])
ORDERS = Counter("orders_total", "Orders by what became of them.", ["mode", "outcome"])
POOL_WAIT = Histogram("db_pool_wait_seconds", "Until a connection to Postgres was had.", ["pool"], buckets=BUCKETS_S)
SILENT = Gauge(
    "store_silent", "1 while a store is not asked, since it did not answer.", ["store"], multiprocess_mode="livemax"
)
FAIL_OPEN = Counter("fail_open_total", "How often a part that did not answer was done without.", ["part"])
for part in ("limit", "cache"):
    FAIL_OPEN.labels(part)  # from 0 on


def count_request(method: str, route: str | None, status: int, duration_s: float) -> None:
    """Counts an answer; `route` is the template of its path, None of a path or method that is not served."""
    method = method if method in METHODS else "other"  # anybody may make methods up: labels must stay few
    route = route or "unmatched"
    REQUESTS.labels(method, route, str(status)).inc()
    DURATIONS.labels(method, route).observe(duration_s)


def count_queries(engine: Engine) -> None:
    """Counts the statements of an engine; of an asynchronous one, give its `sync_engine`."""

    @event.listens_for(engine, "after_cursor_execute")
    def _count(*_: object) -> None:
        DB_QUERIES.inc()


def time_waits(engine: Engine, pool: str) -> None:
    """Notes how long one waits for a connection of an engine; of an asynchronous one, give its `sync_engine`."""
    noted, connect = POOL_WAIT.labels(pool), engine.pool.connect

    def timed() -> Any:
        with noted.time():
            return connect()

    engine.pool.connect = timed  # type: ignore[method-assign]


def queue_text(depth: int, age_s: float) -> bytes:
    """The accepted orders in Prometheus's text format: how many there are, and for how long the oldest has waited."""
    registry = CollectorRegistry()
    Gauge("orders_queue_depth", "Accepted orders.", registry=registry).set(depth)
    Gauge("orders_queue_age_seconds", "Since the oldest of them was made; 0 without one.", registry=registry).set(age_s)
    return generate_latest(registry)


def text() -> bytes:
    """All metrics in Prometheus's text format."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return generate_latest(registry)

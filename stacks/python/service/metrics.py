"""The service's metrics for Prometheus.

Several processes of one service write to files in PROMETHEUS_MULTIPROC_DIR, which must be set before this module is
imported; each of them can then answer for all.
"""

import os

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
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


def text() -> bytes:
    """All metrics in Prometheus's text format."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return generate_latest(registry)

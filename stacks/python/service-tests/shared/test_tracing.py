"""What is told of a request, and that without traces nothing of OpenTelemetry's SDK is even loaded."""

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from service.settings import Settings
from service.tracing import Tracing, answered
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

TRACE, PARENT = 0x4BF92F3577B34DA6A3CE929D0E0E4736, 0x00F067AA0BA902B7
SAMPLED, NOT_SAMPLED = (f"00-{TRACE:032x}-{PARENT:016x}-0{flag}" for flag in (1, 0))


class Told:
    """The spans of a process whose settings are these."""

    def __init__(self, share: float = 1) -> None:
        self._exporter = InMemorySpanExporter()
        self.tracing = Tracing(Settings(traces=True, traces_share=share), "app", self._exporter)

    def ask(self, traceparent: str | None = None, *, head_at_ns: int | None = None, status: int = 200) -> str | None:
        """One request; what an order would take with it."""
        head_at_ns = head_at_ns or time.time_ns()
        with self.tracing.request(
            "GET", "/api/v1/items/7", traceparent, head_at_ns=head_at_ns, queue="wait for a thread"
        ) as span:
            answered(span, status, "my-id")
            return self.tracing.traceparent()

    def spans(self) -> list[ReadableSpan]:
        self.tracing.flush()
        return list(self._exporter.get_finished_spans())


def test_a_request_goes_on_with_the_trace_that_it_came_with_and_begins_with_its_head() -> None:
    told, head_at_ns = Told(share=0), time.time_ns() - 10**9
    told.ask(SAMPLED, head_at_ns=head_at_ns)
    waited, request = told.spans()
    assert (request.name, request.context.trace_id, request.parent.span_id) == ("GET /api/v1/items/{id}", TRACE, PARENT)
    assert (waited.name, waited.parent.span_id) == ("wait for a thread", request.context.span_id)
    assert waited.start_time == request.start_time == head_at_ns
    assert dict(request.attributes) == {"http.path": "/api/v1/items/7", "http.status_code": 200, "request_id": "my-id"}


@pytest.mark.parametrize(
    ("share", "traceparent", "spans"), [(1, None, 2), (0, None, 0), (1, NOT_SAMPLED, 0), (1, "x", 2)]
)
def test_of_requests_without_a_trace_the_share_is_traced(share: float, traceparent: str | None, spans: int) -> None:
    told = Told(share)
    told.ask(traceparent)
    assert len(told.spans()) == spans


def test_a_request_that_failed_says_so() -> None:
    told = Told()
    told.ask(status=503)
    assert told.spans()[-1].status.status_code is StatusCode.ERROR


def test_an_order_goes_on_in_the_worker_where_it_was_made() -> None:
    told = Told()
    traceparent = told.ask(SAMPLED)
    made_at = datetime.now(UTC) - timedelta(seconds=5)
    with told.tracing.of_order(made_at, traceparent):
        pass
    _, request, waited, done = told.spans()
    assert [waited.name, done.name] == ["wait in the queue", "finish the order"]
    assert {span.parent.span_id for span in (waited, done)} == {request.context.span_id}
    assert waited.start_time == int(made_at.timestamp() * 1e9)
    assert waited.end_time == done.start_time


def test_an_order_without_a_trace_is_in_none() -> None:
    told = Told()
    with told.tracing.of_order(datetime.now(UTC), None):
        pass
    assert told.spans() == []


def test_statements_and_waits_for_connections_are_told_where_a_request_asks_and_nowhere_else() -> None:
    told, engine = Told(), create_engine("sqlite://")
    told.tracing.watch_postgres([engine])
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    assert told.spans() == []
    with told.tracing.request("GET", "/", None, head_at_ns=1, queue="wait"), engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        with pytest.raises(OperationalError):
            connection.execute(text("SELECT * FROM nowhere"))
    spans = {span.name: span for span in told.spans()}
    assert list(spans) == ["wait", "wait for a connection", "SELECT", "GET /"]
    _, right, wrong = (span for span in told.spans() if span.name in {"SELECT", "wait for a connection"})
    assert (right.status.status_code, wrong.status.status_code) == (StatusCode.UNSET, StatusCode.ERROR)
    assert right.attributes["net.peer.name"] == "postgres"


def test_without_traces_nothing_of_opentelemetry_is_loaded() -> None:
    program = (
        "import sys\n"
        "from service.settings import Settings\n"
        "from service.spans import spans_of\n"
        "spans = spans_of(Settings(), 'app')\n"
        "spans.watch_postgres([]); spans.watch_redis()\n"
        "assert spans.traceparent() is None\n"
        "with spans.of_order(None, None): pass\n"
        "sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0

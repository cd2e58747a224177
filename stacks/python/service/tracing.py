"""Traces by OpenTelemetry, sent to Zipkin; `spans.py` loads this where TRACES=on.

A request begins when its head is there, so that waiting for a worker is a part of it. What nobody asked for by a
request, such as the looks at the stores, is in no trace.
"""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, TypeVar

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.zipkin.json import ZipkinExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import Decision, ParentBased, SamplingResult, TraceIdRatioBased
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from sqlalchemy import event

from service.settings import Settings
from service.spans import Spans

T = TypeVar("T")
PROBES = frozenset({"/live", "/ready", "/metrics"})
SEND_EVERY_MS = 200
SEND_TIMEOUT_S = 1
_SERVER_ERROR = 500
_W3C = TraceContextTextMapPropagator()
_ID = re.compile(r"/[0-9]+(?=/|$)")


class _Requests(TraceIdRatioBased):
    """A share of the requests that belong to no trace yet, and nothing but requests."""

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        *rest: Any,
        **more: Any,
    ) -> SamplingResult:
        if kind is not SpanKind.SERVER:
            return SamplingResult(Decision.DROP)
        return super().should_sample(parent_context, trace_id, name, kind, *rest, **more)


class Tracing(Spans):
    """The spans of one process."""

    def __init__(self, settings: Settings, service: str, exporter: SpanExporter | None = None) -> None:
        self._provider = TracerProvider(
            resource=Resource({SERVICE_NAME: service}), sampler=ParentBased(_Requests(settings.traces_share))
        )
        sender = exporter or ZipkinExporter(
            endpoint=f"http://{settings.zipkin_host}:9411/api/v2/spans", timeout=SEND_TIMEOUT_S
        )
        self._provider.add_span_processor(BatchSpanProcessor(sender, schedule_delay_millis=SEND_EVERY_MS))
        self._postgres_host = settings.postgres_host
        self._tracer = self._provider.get_tracer("service")

    def flush(self) -> None:
        """Sends what has ended."""
        self._provider.force_flush()

    def watch_postgres(self, engines: Sequence[Any]) -> None:
        """A span for each statement of the engines, and one for each wait for a connection."""
        for engine in engines:
            # OpenTelemetry's own listener refuses SQLAlchemy from 2.1 on, and does without doing anything.
            event.listen(engine, "before_cursor_execute", self._ask)
            event.listen(engine, "after_cursor_execute", _answer)
            event.listen(engine, "handle_error", _fail)
            engine.pool.connect = self._waiting(engine.pool.connect)

    def watch_redis(self, *clients: Any) -> None:
        """A span for each question to a Redis."""
        from opentelemetry.instrumentation.redis import RedisInstrumentor  # noqa: PLC0415 - the worker has none

        for client in clients:
            RedisInstrumentor.instrument_client(client, tracer_provider=self._provider)

    def _ask(self, _connection: Any, _cursor: Any, statement: str, _values: Any, context: Any, _many: bool) -> None:
        words = statement.split(None, 1)
        context.span = self._tracer.start_span(
            words[0] if words else "?",
            kind=SpanKind.CLIENT,
            attributes={"net.peer.name": self._postgres_host, "sql": statement},
        )

    def _waiting(self, connect: Callable[[], T]) -> Callable[[], T]:
        def connect_in_time() -> T:
            with self._tracer.start_as_current_span("wait for a connection"):
                return connect()

        return connect_in_time

    @contextmanager
    def request(
        self, method: str, path: str, traceparent: str | None, *, head_at_ns: int, queue: str
    ) -> Iterator[Span]:
        """The block that answers a request, whose head was there then; `queue` says what it has waited for since."""
        context = _W3C.extract({"traceparent": traceparent or ""})
        name = f"{method} {_ID.sub('/{id}', path)}"
        span = self._tracer.start_span(name, context, SpanKind.SERVER, {"http.path": path}, start_time=head_at_ns)
        with trace.use_span(span, end_on_exit=True):
            self._tracer.start_span(queue, start_time=head_at_ns).end()
            yield span

    def traceparent(self) -> str | None:
        carrier: dict[str, str] = {}
        _W3C.inject(carrier)
        return carrier.get("traceparent")

    def of_order(self, made_at: datetime, traceparent: str | None) -> AbstractContextManager[object]:
        context = _W3C.extract({"traceparent": traceparent or ""})
        made_at_ns = int(made_at.timestamp() * 1e9)
        now_ns = time.time_ns()
        self._tracer.start_span("wait in the queue", context, start_time=made_at_ns).end(now_ns)
        return self._tracer.start_as_current_span("finish the order", context, SpanKind.CONSUMER, start_time=now_ns)


def _answer(_connection: Any, _cursor: Any, _statement: str, _values: Any, context: Any, _many: bool) -> None:
    context.span.end()


def _fail(error: Any) -> None:
    span = getattr(error.execution_context, "span", None)
    if span is not None:
        span.set_status(StatusCode.ERROR)
        span.end()


def answered(span: Span, status: int, request_id: str | None) -> None:
    """Notes what a request was answered with."""
    span.set_attribute("http.status_code", status)
    if request_id is not None:
        span.set_attribute("request_id", request_id)
    if status >= _SERVER_ERROR:
        span.set_status(StatusCode.ERROR)

"""Traces of requests: around the whole application, and only where TRACES=on."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from service.tracing import PROBES, Tracing, answered
from traced_worker import head_at_ns

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


def traced(application: "WSGIApplication", tracing: Tracing) -> "WSGIApplication":
    """The same, with a span for each request that is no probe."""

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if path in PROBES:
            return application(environ, start_response)
        sent = environ.get("HTTP_TRACEPARENT")
        with tracing.request(method, path, sent, head_at_ns=head_at_ns(), queue="wait for a thread") as span:

            def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
                answered(span, int(status[:3]), dict(headers).get("X-Request-Id"))
                return start_response(status, headers, *error)

            return application(environ, start)

    return answer

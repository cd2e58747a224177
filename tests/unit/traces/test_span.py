from typing import Any

import pytest

from lab.errors import LabError
from lab.traces import span as spans
from tests.unit.traces.traces_factories import make_span

SENT = {
    "traceId": "4bf92f3577b34da6a3ce929d0e0e4736",
    "id": "00f067aa0ba902b7",
    "parentId": "b7ad6b7169203331",
    "kind": "SERVER",
    "name": "get /",
    "timestamp": 1_700_000_000_000_000,
    "duration": 250,
    "localEndpoint": {"serviceName": "app"},
    "tags": {"http.status_code": "200"},
}


def test_a_span_of_zipkin_is_read_with_all_that_the_drawing_needs() -> None:
    (found,) = spans.read([SENT])
    assert (found.trace, found.identity, found.parent) == (SENT["traceId"], SENT["id"], SENT["parentId"])
    assert (found.service, found.kind, found.name, found.took_us) == ("app", "SERVER", "get /", 250)
    assert found.ended_us == 1_700_000_000_000_250
    assert (found.tag("http.status_code"), found.tag("none")) == ("200", None)
    assert not found.error


def test_the_time_of_a_question_goes_to_the_store_that_is_asked() -> None:
    (found,) = spans.read([{**SENT, "kind": "CLIENT", "tags": {"net.peer.name": "cache"}}])
    assert found.service == "cache"


@pytest.mark.parametrize("tags", [{"error": "true"}, {"otel.status_code": "ERROR"}])
def test_a_span_says_that_its_work_failed(tags: dict[str, str]) -> None:
    (found,) = spans.read([{**SENT, "tags": tags}])
    assert found.error


def test_a_span_that_was_sent_twice_is_one() -> None:
    assert len(spans.read([SENT, SENT])) == 1


def test_a_span_without_duration_took_no_time_that_is_known() -> None:
    (found,) = spans.read([{key: value for key, value in SENT.items() if key not in ("duration", "tags", "parentId")}])
    assert (found.took_us, found.parent, found.tags) == (0, None, ())


@pytest.mark.parametrize(
    "broken", [{}, {**SENT, "timestamp": "soon"}, {**SENT, "localEndpoint": 1}, {**SENT, "tags": 1}, 7]
)
def test_what_is_no_span_is_refused_in_words(broken: Any) -> None:
    with pytest.raises(LabError, match="Zipkin's answer cannot be read"):
        spans.read([broken])


def test_what_is_written_for_zipkin_is_read_as_the_same() -> None:
    span = make_span("a", "b", 5, 7, kind="CLIENT", trace="f" * 32, tags=(("status", "200"),))
    assert spans.read([spans.written(span)]) == [span]


def test_zipkin_is_not_sent_a_duration_of_nothing() -> None:
    assert spans.written(make_span("a", took_us=0))["duration"] == 1

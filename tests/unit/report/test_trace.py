from xml.etree import ElementTree

from lab.report import trace
from lab.traces.rows import TraceRow

ROWS = [
    TraceRow(depth=0, service="client", name="POST /api/v1/orders", from_ms=0, took_ms=12, own_ms=2),
    TraceRow(depth=1, service="app", name="it's <b>", from_ms=1, took_ms=10, own_ms=10, failed=True),
]


def test_the_picture_names_every_row_and_its_time() -> None:
    drawn = trace.svg(ROWS, title="POST /api/v1/orders → 202")
    words = "".join(ElementTree.fromstring(drawn).itertext())  # noqa: S314 - it is our own
    for word in ("POST /api/v1/orders → 202", "it's <b> ✗", "12.0 ms", "10.0 ms", "client", "app"):
        assert word in words

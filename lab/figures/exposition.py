"""What a tier tells of itself: Nginx's stub_status, or Prometheus's text format → the few figures that the lab shows.

Each is read with an expression: of a format of lines some names are wanted, and nothing of its types.
"""

import re
from collections.abc import Iterator, Mapping

from lab.model.vitals import OwnWord

REQUESTS = "http_requests_total"
POOL_WAIT = "db_pool_wait_seconds_sum"
QUEUED, QUEUED_FOR_S = "orders_queue_depth", "orders_queue_age_seconds"
ORDERS, FINISHED = "orders_total", ("done", "rejected")
"""Of those that were accepted before, by what became of them."""
SILENT = "store_silent"
OF_OPERATORS = ("/metrics", "/live", "/ready")
"""Routes whose requests no client sends."""
_STUB_STATUS = re.compile(r"Active connections: \d+\s+server accepts handled requests\s+\d+ \d+ (\d+)\s")
_SAMPLE = re.compile(r"(?P<name>[a-zA-Z_:][\w:]*)(?:\{(?P<labels>.*)\})?\s+(?P<value>[^\s{}]+)(?:\s+-?\d+)?")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def read(text: str, *, own_requests: int = 0) -> OwnWord:
    """What a page says; `own_requests` are the lab's own, which Nginx counts, too."""
    if (page := _STUB_STATUS.match(text)) is not None:
        return OwnWord(requests=float(page[1]) - own_requests)
    samples = [*_samples(text)]
    answered = [
        (labels, value)
        for name, labels, value in samples
        if name == REQUESTS and labels.get("route", labels.get("path")) not in OF_OPERATORS
    ]
    failed = [value for labels, value in answered if labels.get("status", labels.get("code", "")).startswith("5")]
    return OwnWord(
        requests=sum(value for _, value in answered) if _named(samples, REQUESTS) else None,
        errors=sum(failed) if _named(samples, REQUESTS) else None,
        pool_wait_s=_sum(samples, POOL_WAIT),
        finished=_finished(samples),
        queued=_sum(samples, QUEUED),
        queued_for_s=_sum(samples, QUEUED_FOR_S),
        silent=tuple(sorted(labels["store"] for name, labels, value in samples if name == SILENT and value)),
    )


Samples = list[tuple[str, Mapping[str, str], float]]


def _samples(text: str) -> Iterator[tuple[str, Mapping[str, str], float]]:
    """Name, labels and value of each line that is a sample with a number."""
    for line in text.splitlines():
        sample = _SAMPLE.fullmatch(line.strip())
        if sample is not None and (value := _number(sample["value"])) is not None:
            yield sample["name"], dict(_LABEL.findall(sample["labels"] or "")), value


def _number(text: str) -> float | None:
    """A value; None for NaN, which says that nothing is known."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if value == value else None  # noqa: PLR0124 - NaN alone is not itself


def _finished(samples: Samples) -> float | None:
    """What a worker counts; None of an application, which accepts orders, or finishes them within the request."""
    found = [
        value
        for name, labels, value in samples
        if name == ORDERS and labels.get("mode") == "async" and labels.get("outcome") in FINISHED
    ]
    return sum(found) if found else None


def _named(samples: Samples, wanted: str) -> bool:
    return any(name == wanted for name, _, _ in samples)


def _sum(samples: Samples, wanted: str) -> float | None:
    """All samples of a name together; None where there is none."""
    return sum(value for name, _, value in samples if name == wanted) if _named(samples, wanted) else None

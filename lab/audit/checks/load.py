"""Whether the rate is what it seems, under the load that the row names: offered rates, whole waves, odd figures."""

from collections.abc import Iterator

from lab.audit.checks import waves
from lab.audit.finding import Finding
from lab.audit.row import Row
from lab.audit.words import number, percent, setting, time

SAME = 0.01
"""Within which a rate is the one that was asked for."""
QUEUE_SHARE = 0.1
"""Of the duration: a mean so long says that the queue grew, so that less was served than sent."""


def check(row: Row) -> Iterator[Finding]:
    """What is odd about the rate."""
    yield from _offered(row)
    if found := waves.find(row):
        yield found
    for odd in row.odd:
        yield Finding(cause="units", text=odd)


def _offered(row: Row) -> Iterator[Finding]:
    if not row.offered_rate or not row.rate or abs(row.rate / row.offered_rate - 1) > SAME:
        return
    said = f"{number(row.rate)}/s is what was sent"
    if row.success_share is not None and row.success_share < 1 - SAME:
        served = f"with {percent(row.success_share)} successes {number(row.rate * row.success_share)}/s were served"
        yield Finding(cause="offered", text=f"{said}, not what was served: {served}")
    elif row.mean_s and row.duration_s and row.mean_s > QUEUE_SHARE * row.duration_s:
        lasted = setting(row.duration_s)
        waits = f"a mean of {time(row.mean_s)} in a load of {lasted} says that a queue grew all the time"
        yield Finding(cause="offered", text=f"{said}, not what was served: {waits}")

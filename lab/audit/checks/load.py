"""Is the rate what it seems, under the load that the row names? Offered rates, whole waves, totals, odd figures."""

from collections.abc import Iterator

from lab.audit.finding import Finding
from lab.audit.row import Row
from lab.audit.words import number, percent, time

SAME = 0.01
"""Within which a rate is the one that was asked for."""
QUEUE_SHARE = 0.1
"""Of the duration: a mean so long says that the queue grew, so that less was served than sent."""
WAVES = 50
"""More waves than this make no visible step."""
WAVE_SLACK = 0.002
"""Of a wave, by which the answers may miss a whole number of them."""
STEP_SHARE = 0.03
"""By which whole waves must lower the rate before it is worth telling."""
STEADY = 1.5
"""Times the mean, above which the maximum shows that the waits were not alike."""
TOTAL_SHARE = 0.05
SHORT_S = 5.0
SHORT_SHARE = 0.15
"""By which total ÷ rate may miss the duration: tools stop within a second, which is much of a short load."""


def check(row: Row) -> Iterator[Finding]:
    """What is odd about rate, total and duration."""
    yield from _offered(row)
    yield from _waves(row)
    yield from _totals(row)
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
        waits = f"a mean of {time(row.mean_s)} in a load of {time(row.duration_s)} says that a queue grew all the time"
        yield Finding(cause="offered", text=f"{said}, not what was served: {waits}")


def _waves(row: Row) -> Iterator[Finding]:
    """A wait so long that the load's end cuts off a visible part of a wave."""
    if row.loop == "open" or not (row.connections and row.mean_s and row.duration_s and row.total and row.rate):
        return
    waves, room = round(row.total / row.connections), row.duration_s / row.mean_s
    allowed = row.connections / row.mean_s
    whole = abs(row.total - waves * row.connections) <= WAVE_SLACK * row.connections
    fits = 0 < waves < WAVES and waves <= room < waves + 1 + WAVE_SLACK
    if not (whole and fits and _is_steady(row) and allowed / row.rate - 1 >= STEP_SHARE):
        return
    text = (
        f"{row.total:,} answers are {waves} waves of {row.connections:,}: in {time(row.duration_s)} there is room for "
        f"{room:.1f} waits of {time(row.mean_s)}, and only whole ones count. The rate depends on the duration; the "
        f"wait allows {row.connections:,} ÷ {time(row.mean_s)} = {number(allowed)}/s"
    )
    yield Finding(cause="waves", text=text)


def _is_steady(row: Row) -> bool:
    """Whether all waits were alike; where nothing tells, many connections on a whole number are no chance."""
    if row.mean_s and row.max_s is not None:
        return row.max_s <= STEADY * row.mean_s
    return (row.connections or 0) >= 1 / (2 * WAVE_SLACK) / 5


def _totals(row: Row) -> Iterator[Finding]:
    if row.loop == "open" or not (row.total and row.rate and row.duration_s):
        return
    good = row.total * (1 - (row.failed_share or 0))
    takes = [row.total / row.rate, good / row.rate]
    allowed = SHORT_SHARE if row.duration_s < SHORT_S else TOTAL_SHARE
    if all(abs(seconds / row.duration_s - 1) > allowed for seconds in takes):
        text = (
            f"{row.total:,} answers at {number(row.rate)}/s take {time(takes[0])}, and the load is said to have lasted "
            f"{time(row.duration_s)}"
        )
        yield Finding(cause="totals", text=text)

"""A wait so long that the end of the load cuts off a visible part of a wave of answers."""

from lab.audit.finding import Finding
from lab.audit.row import Row
from lab.audit.words import number, setting, time

WAVES = 50
"""More waves than this make no visible step."""
WAVE_SLACK = 0.002
"""Of a wave, by which the answers may miss a whole number of them."""
STEP_SHARE = 0.03
"""By which whole waves must lower the rate before it is worth telling."""
STEADY = 1.5
"""Times the mean, above which the maximum shows that the waits were not alike."""


def find(row: Row) -> Finding | None:
    """The waves of a row; None if it does not show any."""
    if row.loop == "open" or not (row.connections and row.mean_s and row.duration_s and row.total and row.rate):
        return None
    waves, room = round(row.total / row.connections), row.duration_s / row.mean_s
    allowed = row.connections / row.mean_s
    whole = abs(row.total - waves * row.connections) <= WAVE_SLACK * row.connections
    fits = 0 < waves < WAVES and waves <= room < waves + 1 + WAVE_SLACK
    if not (whole and fits and _is_steady(row) and allowed / row.rate - 1 >= STEP_SHARE):
        return None
    lasted, wait = setting(row.duration_s), time(row.mean_s)
    text = (
        f"{row.total:,} answers are {waves} waves of {row.connections:,}: in {lasted} there is room for {room:.1f} "
        f"waits of {wait}, and only whole ones count. The rate depends on the duration; the wait allows "
        f"{row.connections:,} ÷ {wait} = {number(allowed)}/s"
    )
    return Finding(cause="waves", text=text)


def _is_steady(row: Row) -> bool:
    """Whether all waits were alike; where nothing tells, many connections on a whole number are no chance."""
    if row.mean_s and row.max_s is not None:
        return row.max_s <= STEADY * row.mean_s
    return (row.connections or 0) >= 1 / (2 * WAVE_SLACK) / 5

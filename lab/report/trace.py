"""A trace as a picture: a bar a span, below the one it was done for."""

from collections.abc import Iterator, Sequence
from typing import Literal

import altair as alt

from lab.figures.numbers import time_text
from lab.report import drawing
from lab.traces.rows import TraceRow, shortened, whole_ms

INK, GROUND = "#222222", "#ffffff"
_WIDTH, _STEP, _NAMES, _INDENT = 560, 22, 300, 14
"""All in pixels."""
_ROOM = 0.85
"""A bar that ends before this part of the width has room for its time behind it."""
_STANDS: dict[str, tuple[Literal["left", "right"], str, str]] = {
    "behind": ("left", "to", INK),
    "before": ("right", "from", INK),
    "inside": ("right", "to", GROUND),
}
"""Where a row's time stands → how it is written there."""


def svg(drawn: Sequence[TraceRow], *, title: str) -> str:
    """Draw the rows of a trace, from the beginning of the request to the last end."""
    return drawing.svg(drawing.themed(_spec(drawn, title=title), ink=INK, background=GROUND))


def _spec(drawn: Sequence[TraceRow], *, title: str) -> drawing.Spec:
    whole = whole_ms(drawn)
    points = [
        {
            "place": number,
            "depth": row.depth,
            "name": shortened(row.name) + (" ✗" if row.failed else ""),
            "where": row.service,
            "from": row.from_ms,
            "to": row.from_ms + row.took_ms,
            "took": time_text(row.took_ms / 1000),
            "stands": _stands(row, whole),
        }
        for number, row in enumerate(drawn)
    ]
    chart = alt.Chart(alt.InlineData(values=points)).encode(y=alt.Y("place:O", axis=None))
    x = alt.X("from:Q", title="ms since the request began", scale=alt.Scale(domain=[0, whole]))
    services = list(dict.fromkeys(row.service for row in drawn))
    colour = alt.Color("where:N", sort=services, scale=alt.Scale(range=drawing.TIERS))
    bars = chart.mark_bar(height=12, cornerRadius=2).encode(x=x, x2="to:Q", color=colour)
    layers = alt.layer(bars, *_times(chart), *_names(chart, drawn))
    spec: drawing.Spec = layers.properties(width=_WIDTH, height=alt.Step(_STEP), title=title).to_dict()
    return spec


def _times(chart: alt.Chart) -> Iterator[alt.Chart]:
    for stands, (align, at, colour) in _STANDS.items():
        text = chart.mark_text(align=align, dx=4 if align == "left" else -4, fontSize=11)
        shown = text.encode(x=alt.X(f"{at}:Q"), text="took:N", color=alt.value(colour))
        yield shown.transform_filter(f"datum.stands == '{stands}'")


def _names(chart: alt.Chart, drawn: Sequence[TraceRow]) -> Iterator[alt.Chart]:
    """Left of the bars, each as far to the right as it is deep."""
    for depth in sorted({row.depth for row in drawn}):
        text = chart.mark_text(align="left", fontSize=12)
        shown = text.encode(x=alt.value(_INDENT * depth - _NAMES), text="name:N", color=alt.value(INK))
        yield shown.transform_filter(f"datum.depth == {depth}")


def _stands(row: TraceRow, whole: float) -> str:
    """Where there is room for a row's time."""
    if row.from_ms + row.took_ms <= whole * _ROOM:
        return "behind"
    return "before" if row.from_ms >= whole * (1 - _ROOM) else "inside"

"""The chart of stacks side by side: ratios with their intervals, the first thing that a report shows."""

import altair as alt

from lab.figures.numbers import interval_text, number_text
from lab.model import Duet
from lab.report import drawing
from lab.report.drawing import BLUE, GREEN, Chart, Spec
from lab.report.duets import groups, played
from lab.report.rows import ReportRow, Section

LOAD = "an open loop by pace, both stacks at once"
"""Instead of the load of the table's rounds."""


def chart(section: Section) -> Chart | None:
    """Draw the ratio of each row with its interval, on a scale of factors; None without duets."""
    pairs = played(section)
    if not pairs:
        return None
    asked = groups(pairs)
    grouped = [one for group in asked.values() for one in group]
    labels = {row.label: _label(row, duet, alone=len(asked) == 1) for row, duet in grouped}
    points = [_point(row, duet) for row, duet in grouped]
    beside = pairs[0][1].reference if len(asked) == 1 else "that of a reference"
    rates = sorted(rate for _, rate in asked)
    ends = dict.fromkeys(map(number_text, (rates[0], rates[-1])))
    title = f"CPU of a request beside {beside}, {' to '.join(ends)} requests/s each"
    return Chart(
        title="CPU of a request, side by side",
        reading=(
            "Each dot is how many times the CPU of the reference a request takes, measured at the same time on the "
            "same cores; the band behind it is its 95% interval. The upright line is the reference itself. Each step "
            "to the right is the same factor."
        ),
        alternative=f"{title}. {'; '.join(labels.values())}.",
        spec=drawing.spec(_layers(points), section, points=points, labels=labels, title=title, load=LOAD),
    )


def _label(row: ReportRow, duet: Duet, *, alone: bool) -> str:
    """A row with its figure; and its reference, where the chart has several."""
    beside = "" if alone else f" of {duet.reference}"
    return f"{row.label}  ·  {number_text(duet.cpu_ratio.value)} times{beside}"


def _point(row: ReportRow, duet: Duet) -> Spec:
    low, high = duet.cpu_ratio.low, duet.cpu_ratio.high
    said = f"{number_text(duet.cpu_ratio.value)} times ({interval_text(duet.cpu_ratio)})"
    measured = {"value": duet.cpu_ratio.value, "low": low, "high": high}
    return {"row": row.label, "kind": "side by side", "said": said, **measured}


def _layers(points: list[Spec]) -> tuple[alt.Chart, ...]:
    ends = [end for point in points for end in (point["low"], point["high"])]
    scale = alt.Scale(type="log", nice=False, padding=14, domain=[min(1.0, *ends), max(1.0, *ends)])
    x = alt.X("value:Q", title="times the CPU of the reference (log scale)", scale=scale)
    rule = alt.Chart().mark_tick(color=GREEN, thickness=2, size=18).encode(x=alt.XDatum(1.0, scale=scale))
    bands = alt.Chart().mark_bar(height=16, opacity=0.3, color=BLUE).encode(x=alt.X("low:Q", scale=scale), x2="high:Q")
    tooltip = [alt.Tooltip("row:N"), alt.Tooltip("said:N", title="CPU")]
    marks = alt.Chart().mark_point(size=80, filled=True, opacity=1, color=BLUE).encode(x=x, tooltip=tooltip)
    return rule, bands, marks

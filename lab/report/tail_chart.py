"""The chart of open loops: how long the slowest hundredth waited, with intervals."""

from collections.abc import Iterator

import altair as alt

from lab.figures.numbers import interval_text, number_text
from lab.report import drawing
from lab.report.drawing import BLUE, Chart, Spec
from lab.report.rows import ReportRow, Section


def chart(section: Section) -> Chart | None:
    """Draw the p99 of each open loop; None without one."""
    rows = [row for row in section.rows if row.open_loop]
    points = [point for row in rows for point in _points(row)]
    if not points:
        return None
    labels = {row.label: f"{row.label}  ·  {_said(row)}" for row in rows}
    title = "p99 latency at a fixed rate"
    return Chart(
        title=title,
        reading=(
            "Each dot is the latency that one request in a hundred exceeds, counted from when the request was due; the "
            "band behind it is its 95% interval over rounds. Further left is better."
        ),
        alternative=f"{title} by row. {'; '.join(labels.values())}.",
        spec=drawing.spec(_layers(points), section, points=points, labels=labels, title=title),
    )


def _points(row: ReportRow) -> Iterator[Spec]:
    if row.tail:
        said = f"{number_text(row.tail.value)} ({interval_text(row.tail)})"
        measured = {"value": row.tail.value, "low": row.tail.low, "high": row.tail.high}
        yield {"row": row.label, "kind": "p99", "said": said, **measured}


def _said(row: ReportRow) -> str:
    return f"{number_text(row.tail.value)} ms" if row.tail else "no interval"


def _layers(points: list[Spec]) -> tuple[alt.Chart, ...]:
    scale = drawing.scale([point["value"] for point in points])
    title = "ms (log scale)" if drawing.is_log(scale) else "ms"
    ends = alt.X("low:Q", title=title, scale=scale, axis=drawing.decades(scale))
    bands = alt.Chart().mark_bar(height=16, opacity=0.3, color=BLUE).encode(x=ends, x2="high:Q")
    tooltip = [alt.Tooltip("row:N"), alt.Tooltip("said:N", title="ms")]
    marks = alt.Chart().mark_point(size=80, filled=True, opacity=1, color=BLUE)
    x = alt.X("value:Q", title=title, scale=scale, axis=drawing.decades(scale))
    return bands, marks.encode(x=x, tooltip=tooltip)

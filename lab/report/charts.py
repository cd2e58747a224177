"""The charts of a report, one function each; altair draws them, and no network is needed."""

from collections.abc import Callable, Iterator, Mapping

import altair as alt

from lab.errors import Inconclusive
from lab.figures.numbers import NOTHING, interval_text, number_text
from lab.model import CellResult, Results
from lab.report import bursts, drawing, duet_chart, tail_chart
from lab.report.drawing import BLUE, GREEN, ORANGE, RED, SKY, TIERS, Chart, Spec
from lab.report.ranking import sections
from lab.report.rows import ReportRow, Section
from lab.report.tiers import parts, values

_PERCENTILES = {"p50": "p50", "p90": "p90", "p99": "p99", "p999": "p99.9"}
_UPRIGHT = "M0,-1.1L0,1.1"


def charts(section: Section) -> tuple[Chart, ...]:
    """Draw the charts of one table; those that have nothing to show are left out."""
    drawn = (
        make(section)
        for make in (
            duet_chart.chart,
            _throughput,
            tail_chart.chart,
            bursts.staircase,
            bursts.growth,
            _latency,
            _cpu,
            _memory,
        )
    )
    return tuple(chart for chart in drawn if chart is not None)


def png(results: Results) -> bytes:
    """Draw the first chart as a PNG on white, at twice its size. Raises Inconclusive where nothing can be drawn."""
    return drawing.png(_first(results))


def svg(results: Results) -> str:
    """Draw the first chart as an SVG on white. Raises Inconclusive where nothing can be drawn."""
    return drawing.svg(_first(results))


def _first(results: Results) -> Spec:
    for section in sections(results):
        for chart in charts(section):
            return drawing.themed(chart.spec, ink="#222222", background="white")
    raise Inconclusive(
        "there is no valid row to draw", fix="the other formats show the rows and why they are not valid"
    )


def _throughput(section: Section) -> Chart | None:
    rows = [row for row in section.rows if not row.less_is_better]
    points = [point for row in rows for point in _rates(row)]
    if not points:
        return None
    labels = {row.label: f"{row.label}  ·  {_rate(row)}" for row in rows}
    return Chart(
        title="Requests per second",
        reading=(
            "Each dot is what was measured; the band behind it is its 95% interval over rounds, often "
            "thinner than the dot. A hollow diamond is what the source published from its own machine. "
            "The upright stroke is the bound: a dot on its stroke is as fast as its connections, slots or "
            "cores allow."
        ),
        alternative=f"Requests per second by row. {'; '.join(labels.values())}.",
        spec=drawing.spec(
            _throughput_layers(points), section, points=points, labels=labels, title="Requests per second"
        ),
    )


def _throughput_layers(points: list[Spec]) -> tuple[alt.Chart, ...]:
    scale = drawing.scale([point["value"] for point in points])
    title = "requests/s (log scale)" if drawing.is_log(scale) else "requests/s"
    x = alt.X("value:Q", title=title, scale=scale, axis=drawing.decades(scale))
    names = ["measured", "published", "bound"]
    shapes = alt.Scale(domain=names, range=["circle", "diamond", _UPRIGHT])
    strokes = alt.Scale(domain=names, range=[BLUE, RED, GREEN])
    sizes = alt.Scale(domain=names, range=[80, 190, 190])
    fills = alt.Scale(domain=names, range=[BLUE, "transparent", "transparent"])
    marks = alt.Chart().mark_point(strokeWidth=2, opacity=1)
    marks = marks.encode(
        x=x,
        shape=alt.Shape("kind:N", scale=shapes, title=None),
        stroke=alt.Stroke("kind:N", scale=strokes, title=None),
        fill=alt.Fill("kind:N", scale=fills, title=None),
        size=alt.Size("kind:N", scale=sizes, title=None),
        tooltip=_tooltip("requests/s"),
    )
    bands = alt.Chart().transform_filter("isValid(datum.high)").mark_bar(height=16, opacity=0.3, color=BLUE)
    return bands.encode(x=alt.X("low:Q", title=title, scale=scale, axis=drawing.decades(scale)), x2="high:Q"), marks


def _rates(row: ReportRow) -> Iterator[Spec]:
    published, bound, rate = row.cell.published, row.result.bound, row.rate
    if rate:
        point = _point(row, "measured", rate.value, f"{row.score_text} ({interval_text(rate)})")
        yield {**point, "low": rate.low, "high": rate.high}
    if bound:
        said = f"{number_text(bound.requests_per_second)}: {bound.name}, {bound.formula}"
        yield _point(row, "bound", bound.requests_per_second, said)
    if published and published.requests_per_second:
        yield _point(row, "published", published.requests_per_second)


def _rate(row: ReportRow) -> str:
    return f"{row.score_text}/s" if row.rate else "no interval"


def _latency(section: Section) -> Chart | None:
    rows = [row for row in section.rows if not row.burst]
    points = [point for row in rows for point in _percentiles(row)]
    if not points:
        return None
    labels = {row.label: row.label for row in rows}
    said = [f"{point['row']} {point['kind']} {point['said']} ms" for point in points]
    return Chart(
        title="Latency",
        reading=(
            "From the answer in the middle (p50) to the slowest in a thousand (p99.9), over all rounds "
            "together. A short line is a stack that treats all clients alike; a long one lets some wait. "
            "Each step to the right is the same factor."
        ),
        alternative=f"Latency percentiles by row. {'; '.join(said)}.",
        spec=drawing.spec(_latency_layers(), section, points=points, labels=labels, title="Latency percentiles"),
    )


def _percentiles(row: ReportRow) -> Iterator[Spec]:
    for key, name in _PERCENTILES.items():
        value = getattr(row.result.latency_ms, key, 0.0)
        if value > 0:  # a logarithmic scale has no zero
            yield _point(row, name, value)


def _latency_layers() -> tuple[alt.Chart, ...]:
    x = alt.X("value:Q", title="ms (log scale)", scale=alt.Scale(type="log", nice=False, padding=14))
    names = list(_PERCENTILES.values())
    shapes = alt.Scale(domain=names, range=["circle", "square", "triangle-up", "diamond"])
    colours = alt.Scale(domain=names, range=[SKY, BLUE, ORANGE, RED])
    line = alt.Chart().mark_line(strokeWidth=2, opacity=0.4, color=BLUE).encode(x=x, detail="row:N")
    marks = alt.Chart().mark_point(size=100, filled=True, opacity=1)
    marks = marks.encode(
        x=x,
        shape=alt.Shape("kind:N", scale=shapes, title=None),
        color=alt.Color("kind:N", scale=colours, title=None),
        tooltip=_tooltip("ms"),
    )
    return line, marks


def _cpu(section: Section) -> Chart | None:
    reading = (
        "CPU time that one request took, by tier, in rounds that took turns. A proxy in front shows as one more piece "
        "of the bar: that is its price. On a shared host small differences say nothing here; duets tell them."
    )
    return _stacked(section, _cpu_of, title="CPU per request", unit="µs", reading=reading)


def _memory(section: Section) -> Chart | None:
    reading = "The most memory that each tier held during the rounds. A stack of several processes pays for each."
    return _stacked(section, _memory_of, title="Memory at its peak", unit="MiB", reading=reading)


def _stacked(
    section: Section,
    shares: Callable[[CellResult], Mapping[str, float]],
    *,
    title: str,
    unit: str,
    reading: str,
) -> Chart | None:
    """Draw one bar a row, with a piece for each tier from the client inwards."""
    tiers = list(dict.fromkeys(tier for row in section.rows for tier in parts(shares(row.result))))
    points = [
        {**_point(row, tier, value), "order": tiers.index(tier)}
        for row in section.rows
        for tier, value in parts(shares(row.result)).items()
    ]
    if not points:
        return None
    totals = {row.label: number_text(shares(row.result).get("total")) for row in section.rows}
    labels = {row: row if total == NOTHING else f"{row}  ·  {total} {unit}" for row, total in totals.items()}
    colour = alt.Color("kind:N", title=None, sort=tiers, scale=alt.Scale(domain=tiers, range=TIERS))
    bars = alt.Chart().mark_bar(height=15).encode(color=colour, order="order:O", tooltip=_tooltip(unit))
    bars = bars.encode(x=alt.X("value:Q", title=unit, stack="zero"))
    return Chart(
        title=title,
        reading=reading,
        alternative=f"{title} by row. {'; '.join(labels.values())}.",
        spec=drawing.spec((bars,), section, points=points, labels=labels, title=f"{title}, {unit} by tier"),
    )


def _cpu_of(cell: CellResult) -> Mapping[str, float]:
    return values(cell.cpu_us_per_request)


def _memory_of(cell: CellResult) -> Mapping[str, float]:
    return values(cell.memory_peak_mib)


def _point(row: ReportRow, kind: str, value: float, said: str | None = None) -> Spec:
    return {"row": row.label, "kind": kind, "value": value, "said": said or number_text(value)}


def _tooltip(unit: str) -> list[alt.Tooltip]:
    return [alt.Tooltip("row:N"), alt.Tooltip("kind:N", title="what"), alt.Tooltip("said:N", title=unit)]

"""The charts of bursts: who was served when, and how the wall clock grows with the number of requests."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

import altair as alt

from lab.figures.numbers import count_text, interval_text, number_text
from lab.model import Span
from lab.report import drawing
from lab.report.drawing import BLUE, RED, TIERS, Chart, Spec
from lab.report.rows import ReportRow, Section, series

_LINE = 9
"""Pixels of one request's bar with the gap below it."""
_HEADING = 26
"""Pixels of a row's name above its bars, with the gap to the row before."""
_GROWTH_HEIGHT = 300
_OWN, _UNNAMED, _OTHER = "a worker each", "not named", "other workers"
_GREY = "#8a949d"


def staircase(section: Section) -> Chart | None:
    """Draw each request of the bursts as a bar from its start to its answer, coloured by who served it."""
    rows = [row for row in section.rows if row.result.spans]
    if not rows:
        return None
    tops = list(accumulate((_HEADING + _LINE * len(row.result.spans) for row in rows), initial=0))
    bars = [bar for row, top in zip(rows, tops, strict=False) for bar in _bars(row, top + _HEADING)]
    names = [{"row": _heading(row), "y": top + _HEADING - 6} for row, top in zip(rows, tops, strict=False)]
    return Chart(
        title="Who was served when",
        reading=(
            "Each bar is one request, from the moment it was sent to its answer; those of a row were all sent at the "
            "same moment. Colours are workers. Bars that end together were served together: a staircase is a queue, "
            "and its steps are as many as it takes so few workers to serve so many. Each row shows its middle round."
        ),
        alternative=f"Times of the requests of each burst. {'; '.join(_in_words(row) for row in rows)}.",
        spec=drawing.plain(
            _staircase_layers(bars, names, height=tops[-1]), section, title="Requests of a burst, from sent to answered"
        ),
    )


def growth(section: Section) -> Chart | None:
    """Draw the wall clock over the number of requests at once, for systems that were asked for several numbers."""
    grown = series(section.rows)
    if not grown:
        return None
    points = [point for name, rows in grown.items() for row in rows for point in _walls(name, row)]
    said = [
        f"{name}: {', '.join(f'{row.cell.load.connections} in {_seconds(row)}' for row in rows)}"
        for name, rows in grown.items()
    ]
    return Chart(
        title="Wall clock by requests at once",
        reading=(
            "How long a burst took until its last answer, by how many requests it had. A straight rise serves one "
            "after the other, stairs serve as many together as a step is wide, a flat line serves all at once. "
            "Filled dots with their interval were measured here; hollow diamonds are what the source published from "
            "its own machine: compare the shapes."
        ),
        alternative=f"Wall clock by requests at once. {'; '.join(said)}.",
        spec=drawing.plain(
            _growth_layers(points, list(grown)), section, title="Wall clock by requests at once", points=points
        ),
    )


def _bars(row: ReportRow, top: int) -> Iterator[Spec]:
    workers = worker_names(row.result.spans)
    ordered = sorted(row.result.spans, key=lambda span: (span.end_s, span.start_s))
    for number, span in enumerate(ordered):
        kind = workers[span.worker]
        said = f"{number_text(span.start_s)} to {number_text(span.end_s)} s"
        place = {"y": top + number * _LINE, "y2": top + (number + 1) * _LINE - 2}
        yield {"row": row.label, "kind": kind, "start": span.start_s, "end": span.end_s, "said": said, **place}


def worker_names(spans: Sequence[Span]) -> dict[str, str]:
    """Name the workers of a burst `worker 1` … in the order of their answers; as far as that says something.

    Where every request has a worker of its own, or the answers do not say who served them, all share one name.
    """
    found = list(dict.fromkeys(span.worker for span in sorted(spans, key=lambda span: span.end_s)))
    if "" in found:
        return dict.fromkeys(found, _UNNAMED)
    if len(found) == len(spans) > 1:
        return dict.fromkeys(found, _OWN)
    return {worker: f"worker {n}" if n <= len(TIERS) else _OTHER for n, worker in enumerate(found, 1)}


def _whose(spans: Sequence[Span]) -> str:
    found = {span.worker for span in spans}
    if "" in found:
        return "the answers do not say who served them"
    if len(found) == len(spans) > 1:
        return "each request had a worker of its own"
    return count_text(len(found), "worker")


def _heading(row: ReportRow) -> str:
    return f"{row.label}  ·  {_seconds(row)}  ·  {_whose(row.result.spans)}"


def _seconds(row: ReportRow) -> str:
    return f"{number_text(row.wall.value)} s" if row.wall else "no interval"


def _in_words(row: ReportRow) -> str:
    ends = ", ".join(number_text(end) for end in sorted(span.end_s for span in row.result.spans))
    return f"{_heading(row)}, answered after {ends} s"


def _staircase_layers(bars: Sequence[Spec], names: Sequence[Spec], *, height: int) -> tuple[alt.Chart, ...]:
    kinds = sorted({bar["kind"] for bar in bars})
    colours = {
        **{f"worker {n}": colour for n, colour in enumerate(TIERS, 1)},
        **dict.fromkeys((_OTHER, _OWN, _UNNAMED), _GREY),
    }
    scale = alt.Scale(domain=kinds, range=[colours[kind] for kind in kinds])
    y = alt.Scale(domain=[0, height], range=[0, height], nice=False, zero=False)
    x = alt.Scale(domainMin=0, nice=True)
    marks = alt.Chart(alt.InlineData(values=list(bars))).mark_rect(cornerRadius=1)
    marks = marks.encode(
        x=alt.X("start:Q", title="seconds since the burst began", scale=x),
        x2="end:Q",
        y=alt.Y("y:Q", axis=None, scale=y),
        y2="y2:Q",
        color=alt.Color("kind:N", title=None, scale=scale),
        tooltip=[alt.Tooltip("row:N"), alt.Tooltip("kind:N", title="who"), alt.Tooltip("said:N", title="when")],
    )
    texts = alt.Chart(alt.InlineData(values=list(names))).mark_text(align="left", baseline="bottom", fontSize=12)
    texts = texts.encode(x=alt.value(0), y=alt.Y("y:Q", axis=None, scale=y), text="row:N")
    return marks.properties(height=height), texts


def _walls(name: str, row: ReportRow) -> Iterator[Spec]:
    published, wall = row.cell.published, row.wall
    point = {"system": name, "requests": row.cell.load.connections}
    if wall:
        said = f"{number_text(wall.value)} ({interval_text(wall)})"
        yield {**point, "kind": "measured", "value": wall.value, "low": wall.low, "high": wall.high, "said": said}
    if published and published.wall_ms:
        yield {
            **point,
            "kind": "published",
            "value": published.wall_ms / 1000,
            "said": number_text(published.wall_ms / 1000),
        }


def _growth_layers(points: Sequence[Spec], systems: Sequence[str]) -> tuple[alt.Chart, ...]:
    numbers = sorted({point["requests"] for point in points})
    across = alt.Scale(domain=[numbers[0] - 0.5, numbers[-1] + 0.5], nice=False, zero=False)
    x = alt.X("requests:Q", title="requests at once", scale=across, axis=alt.Axis(tickMinStep=1, format="d"))
    said = "seconds until the last answer"
    y = alt.Y("value:Q", title=said, scale=alt.Scale(zero=True))
    colours = alt.Scale(domain=list(systems), range=[BLUE, RED, *TIERS[1:]])
    legend = alt.Legend(symbolType="circle", symbolOpacity=1)
    colour = alt.Color("system:N", title=None, sort=list(systems), scale=colours, legend=legend)
    shape = alt.Scale(domain=["measured", "published"], range=["circle", "diamond"])
    lines = alt.Chart().mark_line(strokeWidth=1.5, opacity=0.5)
    lines = lines.encode(x=x, y=y, color=colour, strokeDash=alt.StrokeDash("kind:N", legend=None))
    rules = alt.Chart().transform_filter("isValid(datum.high)").mark_rule(strokeWidth=5, opacity=0.35)
    rules = rules.encode(x=x, y=alt.Y("low:Q", title=said), y2="high:Q", color=colour)
    marks = alt.Chart().mark_point(size=70, strokeWidth=2, opacity=1)
    marks = marks.encode(
        x=x,
        y=y,
        stroke=colour,
        fill=alt.condition("datum.kind === 'measured'", colour, alt.value("transparent")),
        shape=alt.Shape("kind:N", scale=shape, title=None),
        tooltip=[
            alt.Tooltip("system:N"),
            alt.Tooltip("requests:Q"),
            alt.Tooltip("kind:N", title="what"),
            alt.Tooltip("said:N", title="s"),
        ],
    )
    return lines.properties(height=_GROWTH_HEIGHT), rules, marks

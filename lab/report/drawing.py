"""What all charts share: colours, scales, rows from top to bottom, and the way to SVG, PNG and a browser."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import Any

import altair as alt
import vl_convert

from lab import folders
from lab.report.rows import Section
from lab.report.words import caption
from lab.store import write_atomically

Spec = dict[str, Any]

# After Okabe and Ito: told apart by every common kind of colour blindness, on light and on dark.
BLUE, ORANGE, GREEN, RED, SKY = "#2b83ba", "#e69f00", "#009e73", "#d55e00", "#56b4e9"
TIERS = [BLUE, ORANGE, GREEN, "#cc79a7", SKY, RED]
_WIDTH = 640
_STEP = 46
_LOG_FROM = 200
"""From this ratio of the largest to the smallest figure on, a linear scale would hide the small ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A Vega-Lite chart, what it is called, what to see in it, and the same in words alone."""

    title: str
    reading: str
    alternative: str
    spec: Spec


def spec(
    layers: Sequence[alt.Chart],
    section: Section,
    *,
    points: Sequence[Spec],
    labels: Mapping[str, str],
    title: str,
    load: str | None = None,
) -> Spec:
    """Lay out a chart: a row of the table a line, its name above its marks, the conditions under the title.

    A name above its marks takes no width, so that the chart still reads on a telephone.
    """
    axis = alt.Axis(title=None, ticks=False, domain=False, labelAlign="left", labelPadding=0, labelOffset=-18)
    y = alt.Y("name:N", sort=list(labels.values()), axis=axis)
    named = [{**point, "name": labels[point["row"]]} for point in points]
    layers = [layer.encode(y=y).properties(height=alt.Step(_STEP)) for layer in layers]
    return plain(layers, section, title=title, points=named, load=load)


def plain(
    layers: Sequence[alt.Chart],
    section: Section,
    *,
    title: str,
    points: Sequence[Spec] = (),
    load: str | None = None,
) -> Spec:
    """Put layers under a title with the conditions; they have their own data, or share these points."""
    heading = alt.TitleParams(title, subtitle=list(caption(section, load=load)))
    whole = alt.layer(*layers).properties(width=_WIDTH, title=heading)
    if points:
        whole = whole.properties(data=alt.InlineData(values=list(points)))
    drawn: Spec = whole.properties(autosize=alt.AutoSizeParams(type="fit-x", contains="padding")).to_dict()
    return drawn


def themed(drawn: Spec, *, ink: str, background: str) -> Spec:
    """Give a specification its text colour and its ground; `currentColor` makes it follow the page."""
    text = {"labelColor": ink, "titleColor": ink, "labelLimit": 600, "labelFontSize": 12, "titleFontSize": 12}
    axis = {**text, "gridColor": ink, "gridOpacity": 0.13, "domainColor": ink, "tickColor": ink}
    config = {
        "font": "system-ui, 'Liberation Sans', sans-serif",
        "view": {"stroke": None},
        "text": {"color": ink},
        "axis": {**axis, "titleFontWeight": "normal", "domainOpacity": 0.4, "tickOpacity": 0.4},
        "legend": {**text, "orient": "top", "title": None, "symbolSize": 90, "columnPadding": 14},
        "title": {"color": ink, "subtitleColor": ink, "anchor": "start", "fontSize": 15, "offset": 12},
    }
    return {**drawn, "config": config, "background": background}


def scale(values: Sequence[float]) -> alt.Scale:
    """Pick a scale from zero, or a logarithmic one where the figures are too far apart."""
    positive = [value for value in values if value > 0]
    wide = bool(positive) and max(positive) > _LOG_FROM * min(positive)
    return alt.Scale(type="log", nice=False, padding=14) if wide else alt.Scale(zero=True)


def decades(used: alt.Scale) -> alt.Axis:
    """Mark a logarithmic axis at powers of ten only: the lines between them would be a fence."""
    powers = [10.0**power for power in range(-3, 9)]
    return alt.Axis(values=powers, format=",~f") if is_log(used) else alt.Axis()


def is_log(used: alt.Scale) -> bool:
    """Tell whether a scale is logarithmic: an axis must say so."""
    return bool(used.to_dict().get("type") == "log")


def svg(drawn: Spec) -> str:
    """Render a specification as SVG text."""
    text: str = vl_convert.vegalite_to_svg(drawn)
    return text


def png(drawn: Spec) -> bytes:
    """Render a specification as a PNG at twice its size."""
    image: bytes = vl_convert.vegalite_to_png(drawn, scale=2)
    return image


@cache
def bundle() -> str:
    """Give the JavaScript that draws charts in a browser: 0.9 MB, a second to make, so it is kept for the next process.

    It lies in the user's cache, under a name with the version of what makes it. Without a place there it is made anew.
    """
    name = f"charts-{metadata.version('vl-convert-python')}.js"
    with suppress(OSError, UnicodeDecodeError):
        return (folders.cache() / name).read_text("utf-8")
    code: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;").replace("</script", "<\\/script")
    with suppress(OSError):
        folders.cache().mkdir(parents=True, exist_ok=True)
        write_atomically(folders.cache() / name, code)
    return code

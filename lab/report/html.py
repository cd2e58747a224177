"""`report.html`: one file that a browser shows without a network, with charts.

Each chart is in the file twice. Its SVG is drawn here, so that it shows without scripts and in print; its
specification is drawn anew by the inlined Vega bundle (once for all charts), which fits it to the width of
the screen and gives the figures under the pointer.
"""

from importlib import resources

import jinja2
from markupsafe import Markup

from lab.model import Results
from lab.report import charts, drawing, footprint, verdicts
from lab.report.columns import LABEL, identity, invalid_columns, shown
from lab.report.headline import headline
from lab.report.provenance import images, provenance
from lab.report.ranking import sections
from lab.report.words import conditions, how_to_read, notes

# Two tables, because one with all columns would hide half of them beyond the edge of a screen.
_TABLES = (
    ("What came out", ("result", "verdict", "ceiling", "ratios")),
    ("What it cost", ("latency", "errors", "CPU", "memory")),
)


def render(results: Results) -> str:
    """Write the report as one self-contained HTML page."""
    page = _environment().get_template("page.jinja")
    return page.render(
        results=results,
        run=results.run,
        sections=sections(results),
        overview=verdicts.overview(results),
        provenance=provenance(results.run),
        images=images(results.run),
        style=_trusted("style.jinja"),
        script=_trusted("script.jinja"),
        bundle=Markup(drawing.bundle()),  # noqa: S704 - made by vl-convert, holds nothing of the results
    )


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("lab.report", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "charts": charts.charts,
        "conditions": conditions,
        "factor_sentences": verdicts.factor_sentences,
        "footprint_columns": footprint.footprint_columns,
        "footprint_title": footprint.TITLE,
        "headline": headline,
        "how_to_read": how_to_read,
        "identity": lambda section: list(identity(section)),
        "invalid_columns": invalid_columns,
        "judged": verdicts.judged,
        "judged_title": verdicts.TITLE,
        "label": LABEL,
        "notes": notes,
        "order_sentences": verdicts.order_sentences,
        "shown": shown,
        "still": _still,
        "tables": _TABLES,
        "themed": _themed,
    }
    return environment


def _trusted(name: str) -> Markup:
    text = resources.files("lab.report").joinpath(name).read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704 - a file of this package


def _themed(drawn: drawing.Spec) -> drawing.Spec:
    return drawing.themed(drawn, ink="currentColor", background="transparent")


def _still(drawn: drawing.Spec) -> Markup:
    return Markup(drawing.svg(_themed(drawn)))  # noqa: S704 - vl-convert escapes the texts in it

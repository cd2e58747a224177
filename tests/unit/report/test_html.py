import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from lab.errors import Inconclusive
from lab.model import Results
from lab.report import charts, html, write_all
from lab.report.ranking import sections
from tests.unit.report.report_factories import (
    LABEL,
    make_burst,
    make_cell,
    make_footprint,
    make_invalid,
    make_order,
    make_results,
    make_verdict,
)

HOSTILE = "</script><img src=x onerror=alert(1)>&\"'"


class Page(HTMLParser):
    """Collects the tags of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def results() -> Results:
    return make_results(
        make_cell("fast", 2000),
        make_cell("slow", 1000, published=None),
        make_cell("once", 500, None, rounds=1),
        make_invalid("broken", "3% of the answers were wrong"),
        make_cell("other", 700, table="second", pins="seed"),
    )


@pytest.fixture(scope="module")
def page(results: Results) -> str:
    return html.render(results)


def specs(page: str) -> list[dict[str, object]]:
    found = re.findall(r'<script type="application/json" class="spec">(.*?)</script>', page, flags=re.DOTALL)
    return [json.loads(text) for text in found]


def test_the_page_loads_nothing_from_anywhere(page: str) -> None:
    tags = Page(page).tags
    assert not [tag for tag, given in tags if given.get("src") or tag in {"link", "iframe", "img", "object"}]
    assert not [given for _, given in tags if re.match(r"(https?:)?//", given.get("href") or "")]
    assert "@import" not in page.partition("</style>")[0]
    assert "default-src 'none'" in page


def test_a_section_a_table_with_four_charts_each(page: str) -> None:
    assert [tag for tag, _ in Page(page).tags].count("figure") == 8
    assert len(specs(page)) == 8


def test_the_bundle_is_inlined_once(page: str) -> None:
    assert page.count("window.vegaEmbed") == 1
    assert len(page) < 2_000_000


def test_every_chart_carries_the_budget_and_has_words_for_who_cannot_see_it(page: str) -> None:
    for spec in specs(page):
        assert LABEL in json.dumps(spec["title"])
    labels = [given["aria-label"] for _, given in Page(page).tags if given.get("class") == "chart"]
    assert len(labels) == 8
    assert "fast" in (labels[0] or "")


def test_tables_can_be_sorted_and_have_captions_and_scopes(page: str) -> None:
    tags = Page(page).tags
    assert [given.get("scope") for tag, given in tags if tag == "th"].count("row") >= 5
    assert [tag for tag, _ in tags].count("caption") == 6
    assert 'data-value="2000' in page
    assert page.count(f"· {LABEL} ·") >= 4


def test_invalid_rows_have_their_reasons_and_no_place_in_a_chart(page: str) -> None:
    assert "3% of the answers were wrong" in page
    assert "broken" not in json.dumps(specs(page))


def test_a_row_without_an_interval_has_no_dot(results: Results) -> None:
    (section, _) = sections(results)
    (points,) = charts.charts(section)[0].spec["datasets"].values()
    assert {point["row"] for point in points if point["kind"] == "measured"} == {"fast", "slow"}
    assert {point["row"] for point in points if point["kind"] == "published"} == {"fast", "once"}


def test_hostile_names_stay_text() -> None:
    page = html.render(
        make_results(
            make_cell(HOSTILE, notes=(HOSTILE,)),
            make_invalid(HOSTILE, HOSTILE, table=HOSTILE),
            command=HOSTILE,
        )
    )
    given = Page(page).tags
    assert "img" not in [tag for tag, _ in given]
    assert not [attributes for _, attributes in given if "onerror" in attributes]
    assert any(HOSTILE in json.dumps(spec, ensure_ascii=False).replace('\\"', '"') for spec in specs(page))


def test_a_table_without_a_valid_row_has_no_charts() -> None:
    page = html.render(make_results(make_invalid()))
    assert "<figure>" not in page
    assert "Nothing can be ranked" in page


def test_the_first_chart_is_drawn_as_svg_and_as_png(results: Results) -> None:
    assert charts.png(results).startswith(b"\x89PNG")
    drawn = charts.svg(results)
    assert drawn.startswith("<svg")
    assert LABEL.split(",", maxsplit=1)[0] in drawn


def test_nothing_to_draw_is_said() -> None:
    with pytest.raises(Inconclusive, match="no valid row") as caught:
        charts.svg(make_results(make_invalid()))
    assert "other formats" in (caught.value.fix or "")


def test_figures_far_apart_get_a_logarithmic_scale_that_says_so() -> None:
    (section,) = sections(make_results(make_cell("a", 150_000), make_cell("b", 9.85, 0.1)))
    drawn = json.dumps(charts.charts(section)[0].spec)
    assert "requests/s (log scale)" in drawn
    assert "10.0, 100.0, 1000.0, 10000.0, 100000.0" in drawn


def test_all_files_are_written_whole_and_can_be_written_again(
    results: Results, page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html, "render", lambda _results: page)  # drawn once for all tests; here it is only written
    folder = tmp_path / "run"
    names = ["results.json", "results.csv", "report.md", "report.html"]
    for _ in range(2):
        assert [path.name for path in write_all(results, folder)] == names
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)
    for name in names:
        assert LABEL in (folder / name).read_text(encoding="utf-8")
    assert (folder / "report.html").read_text(encoding="utf-8") == page


def test_verdicts_bursts_footprints_and_versions_are_on_the_page() -> None:
    page = html.render(
        make_results(
            make_cell("judged", verdict=make_verdict("differs", "it is slower & later")),
            make_burst("pool", 4, 2.0, workers=("20", "21"), table="bursts", verdict=make_verdict()),
            make_cell("weighed", table="weights", footprint=make_footprint()),
            orders=(make_order(),),
            titles={"bursts": "All at once"},
        )
    )
    said = ("it is slower &amp; later", "Kendall", "All at once", "1.50 (1.40–1.60)", "Verdicts by table")
    assert [text for text in said if text not in page] == []
    assert "Who was served when" in page
    assert "python 3.11.2" in page.partition("Versions inside the")[2]

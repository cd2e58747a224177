from lab.model import Published
from lab.report.columns import TableColumn, identity, invalid_columns, shown
from lab.report.rows import Section
from lab.report.words import how_to_read
from tests.unit.report.report_factories import (
    make_burst,
    make_cell,
    make_duet,
    make_growth,
    make_invalid,
    make_latency,
    make_load,
    make_section,
    make_verdict,
)


def headings(section: Section) -> list[tuple[str, str]]:
    return [(column.title, column.unit) for column in shown(section)]


def column(section: Section, title: str) -> TableColumn:
    return next(column for column in shown(section) if column.title == title)


def test_a_table_of_loops_begins_with_measured_published_verdict_and_bound() -> None:
    assert headings(make_section(make_cell(verdict=make_verdict())))[:5] == [
        ("requests", "/s"),
        ("95% interval", "/s"),
        ("published", "/s"),
        ("verdict", ""),
        ("bound", "/s"),
    ]


def test_a_table_of_bursts_is_about_the_wall_clock() -> None:
    section = make_section(make_burst("pool", 10, 25.0))
    assert headings(section)[:4] == [
        ("wall clock", "s"),
        ("95% interval", "s"),
        ("published", "s"),
        ("bound", "least s"),
    ]
    (row,) = section.rows
    told = [column(section, title).text(row) for title in ("wall clock", "published", "bound", "÷ published")]
    assert told == ["25.0", "50.0", "slots 24.5", "0.500"]


def test_ten_requests_have_no_percentiles() -> None:
    titles = {title for title, _ in headings(make_section(make_burst("pool", 10, 25.0)))}
    assert {"mean", "max"} <= titles
    assert not {"p50", "p99", "requests"} & titles


def test_a_published_mean_is_shown_beside_the_measured_one() -> None:
    cell = make_cell(published=Published(mean_ms=5.0), latency_ms=make_latency(2.0))
    section = make_section(cell)
    assert ("published", "ms mean") in headings(section)
    assert column(section, "mean").text(section.rows[0]) == "2.20"
    assert column(section, "÷ published").text(section.rows[0]) == "0.440"


def test_figures_of_several_kinds_carry_their_units() -> None:
    section = make_section(
        make_cell("rate", 900), make_cell("mean", 500, published=Published(mean_ms=5.0)), make_burst("burst", 4, 2.0)
    )
    said = {row.label: column(section, "published").text(row) for row in section.rows}
    assert said == {"rate": "2,000/s", "mean": "5.00 ms mean", "burst": "4.00 s"}


def test_the_number_of_requests_is_named_as_the_table_means_it() -> None:
    bursts = make_section(*make_growth("pool", [1.0, 2.0]))
    loops = make_section(make_cell(), make_cell("heavy", load=make_load(connections=20_000)))
    assert [column.title for column in identity(bursts)] == ["row", "at once"]
    assert [column.title for column in identity(loops)] == ["row", "conns"]


def test_rows_that_are_not_valid_show_what_they_were_about() -> None:
    titles = [column.title for column in invalid_columns(make_section(make_invalid()))]
    assert titles == ["row", "deployed", "requests", "95% interval", "answered", "errors"]


def test_a_row_that_is_not_valid_in_turn_shows_what_it_came_to_side_by_side() -> None:
    section = make_section(make_cell("all-on"), make_invalid("traced", duet=make_duet(1.42, 1.29, 1.55)))
    told = {column.title: column.text(section.invalid[0]) for column in invalid_columns(section)[-4:]}
    assert told == {"CPU ÷ reference": "1.42", "95% interval": "1.29–1.55", "answered": "50,000", "errors": "31 body"}
    assert "Not valid in turn, and valid side by side: traced. A duet is of seconds of its own." in how_to_read(section)

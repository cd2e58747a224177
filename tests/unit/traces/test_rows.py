from hypothesis import given
from hypothesis import strategies as st

from lab.traces import rows, tree
from lab.traces.rows import TraceRow
from tests.unit.traces.traces_factories import make_span

SPANS = [
    make_span("GET /", None, 1_000_000, 10_000, service="client"),
    make_span("answer", "GET /", 1_002_000, 6_000, error=True),
    make_span("select", "answer", 1_003_000, 2_000, service="postgres"),
]


def test_times_count_from_the_beginning_of_the_request() -> None:
    drawn = rows.rows(tree.build(SPANS))
    assert [(row.name, row.depth, row.from_ms, row.took_ms, row.own_ms) for row in drawn] == [
        ("GET /", 0, 0, 10, 4),
        ("answer", 1, 2, 6, 4),
        ("select", 2, 3, 2, 2),
    ]
    assert rows.whole_ms(drawn) == 10


def test_the_terminal_shows_where_a_row_belongs_what_failed_and_its_time() -> None:
    cells = rows.cells(rows.rows(tree.build(SPANS)))
    assert [cell[:5] for cell in cells] == [
        ("GET /", "client", "0 s", "10.0 ms", "4.00 ms"),
        ("  answer ✗", "app", "2.00 ms", "6.00 ms", "4.00 ms"),
        ("    select", "postgres", "3.00 ms", "2.00 ms", "2.00 ms"),
    ]
    assert len(cells[0]) == len(rows.HEADER)
    assert cells[0][5] == "█" * rows.BAR


def test_a_long_name_is_cut() -> None:
    (cell,) = rows.cells(rows.rows(tree.build([make_span("script load " * 9)])))
    assert len(cell[0]) == rows.LONGEST
    assert cell[0].endswith("…")


def test_nothing_is_drawn_of_nothing() -> None:
    assert rows.cells(rows.rows(())) == []


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_bar_is_never_empty_and_never_wider_than_its_column(began: float, took: float, after: float) -> None:
    row = TraceRow(depth=0, service="app", name="x", from_ms=began, took_ms=took, own_ms=took)
    drawn = rows.bar(row, began + took + after)
    assert len(drawn) == rows.BAR
    assert drawn.strip() == "█" * len(drawn.strip())
    assert "█" in drawn


LONG = [
    make_span("POST /api/v1/orders", None, 0, 132_000, service="client"),
    make_span("wait for a connection", "POST /api/v1/orders", 25_000, 61, error=True),
    make_span("finish the order " * 3, "wait for a connection", 48_000, 83_500, service="postgres"),
]


@given(st.integers(60, 200))
def test_a_drawing_fits_its_terminal_with_each_row_on_one_line(width: int) -> None:
    header, cells = rows.fitted(rows.rows(tree.build(LONG)), width=width)
    widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]
    assert sum(widths) + rows.GAP * (len(widths) - 1) <= width
    assert cells[1][0].endswith("✗")


def test_where_there_is_room_the_drawing_is_whole_and_without_it_there_is_no_bar() -> None:
    drawn = rows.rows(tree.build(LONG))
    assert rows.fitted(drawn, width=None) == (rows.HEADER, rows.cells(drawn))
    assert rows.fitted(drawn, width=200) == (rows.HEADER, rows.cells(drawn))
    assert rows.fitted(drawn, width=90)[0] == rows.HEADER
    assert rows.fitted(drawn, width=60)[0] == rows.HEADER[:-1]
    assert rows.fitted([], width=60) == (rows.HEADER, [])

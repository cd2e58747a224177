from lab.report.verdicts import judged, order_sentences, overview
from tests.unit.report.report_factories import (
    make_cell,
    make_invalid,
    make_order,
    make_results,
    make_section,
    make_verdict,
)


def test_rows_are_gathered_by_verdict_with_their_reasons() -> None:
    section = make_section(
        make_cell("slow", 10, verdict=make_verdict("differs", "no reason at all")),
        make_cell("fast", 900, verdict=make_verdict()),
        make_cell("own", 500),
    )
    assert judged(section) == (
        ("reproduced", (("fast", "391/s is within 5% of 390/s"),)),
        ("differs", (("slow", "no reason at all"),)),
    )


def test_rows_that_are_not_valid_keep_their_verdict() -> None:
    section = make_section(make_invalid(verdict=make_verdict("not comparable here", "nothing valid was measured")))
    assert judged(section) == (("not comparable here", (("broken", "nothing valid was measured"),)),)


def test_verdicts_do_not_change_the_ranking() -> None:
    section = make_section(
        make_cell("a", 900, verdict=make_verdict("not comparable here")), make_cell("b", 500, verdict=make_verdict())
    )
    assert [(row.label, row.rank_text) for row in section.rows] == [("a", "1"), ("b", "2")]


def test_the_order_is_told_with_interval_swaps_and_what_was_left_out() -> None:
    (said,) = order_sentences(make_section(make_cell(), orders=(make_order(),)))
    assert "is 0.87 (0.60 to 1.00 within the rows' intervals) over 4 rows" in said
    assert "beyond doubt: beta ahead of alpha." in said
    assert "but not told apart: delta ahead of gamma." in said
    assert "Left out: huge and larger (it had fewer connections)." in said


def test_the_short_order_names_clear_swaps_only() -> None:
    (said,) = order_sentences(make_section(make_cell(), orders=(make_order(),)), short=True)
    assert "beta ahead of alpha" in said
    assert "1 pair" in said
    assert "delta" not in said
    assert "Left out: 2 rows." in said


def test_a_table_in_its_published_order_says_so() -> None:
    (said,) = order_sentences(make_section(make_cell(), orders=(make_order(swapped=(), left_out={}),)))
    assert "No pair is swapped." in said
    assert "Left out" not in said


def test_orders_of_several_pins_say_whose_they_are() -> None:
    section = make_section(make_cell(), orders=(make_order(), make_order(pins="seed"), make_order(table="other")))
    seed = [said for said in order_sentences(section) if "with seed pins" in said]
    assert (len(order_sentences(section)), len(seed)) == (2, 1)


def test_a_single_order_of_a_table_with_both_pins_says_whose_it_is() -> None:
    (said,) = order_sentences(make_section(make_cell(), make_cell(pins="seed"), orders=(make_order(),)))
    assert "measured order with current pins is 0.87" in said


def test_several_tables_are_counted_up() -> None:
    results = make_results(
        make_cell("a", verdict=make_verdict()),
        make_cell("b", table="second", verdict=make_verdict("differs")),
        make_cell("c", table="third"),
        orders=(make_order(),),
        titles={"headline": "The famous one"},
    )
    assert overview(results) == (
        ("table", "reproduced", "differs", "tau of the order"),
        ("The famous one", "1", "0", "0.87 (0.60 to 1.00 within the rows' intervals)"),
        ("second", "0", "1", ""),
        ("all", "1", "1", ""),
    )


def test_one_table_needs_no_overview() -> None:
    assert overview(make_results(make_cell(verdict=make_verdict()), make_cell("b", table="second"))) == ()

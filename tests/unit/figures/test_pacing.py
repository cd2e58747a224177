import pytest

from lab.figures import pacing
from lab.figures.pacing import Known
from tests.unit.unit_factories import make_cell

FAST = Known(requests_per_second=20_000, cpu_s=50e-6)
SLOW = Known(requests_per_second=2_000, cpu_s=400e-6)
POOL = Known(requests_per_second=392, cpu_s=380e-6)
CRAWLING = Known(requests_per_second=9.85, cpu_s=400e-6)


def test_the_reference_is_the_row_whose_request_is_cheapest() -> None:
    assert pacing.cheapest({"slow": SLOW, "fast": FAST, "pool": POOL}) == "fast"


def test_all_are_asked_half_of_what_the_slowest_can_answer() -> None:
    assert pacing.rate([SLOW, POOL], reference=FAST, cores=1) == 190


def test_two_together_leave_most_of_the_cores_idle() -> None:
    rate = pacing.rate([SLOW], reference=FAST, cores=1)
    assert rate == 440
    used = rate * pacing.DEARER * (SLOW.cpu_s + FAST.cpu_s)
    assert used <= pacing.SHARE_OF_CORES
    assert pacing.rate([SLOW], reference=FAST, cores=2) == 880


def test_a_row_that_cannot_be_asked_often_enough_is_not_asked_side_by_side() -> None:
    assert [*pacing.fast_enough({"fast": FAST, "crawling": CRAWLING})] == ["fast"]


@pytest.mark.parametrize("capacity", [40, 47, 99, 12_345])
def test_a_rate_has_two_digits_and_never_more_than_its_limit(capacity: float) -> None:
    rate = pacing.rate([Known(requests_per_second=capacity, cpu_s=1e-6)], reference=FAST, cores=64)
    assert rate <= capacity * pacing.SHARE_OF_CAPACITY
    assert float(f"{rate:.2g}") == pytest.approx(rate)


def test_the_low_rate_is_a_tenth_in_two_digits_and_none_where_that_says_nothing() -> None:
    assert pacing.idle(2950) == 290
    assert pacing.idle(200) == 20
    assert pacing.idle(190) is None


def groups_of(*rows: tuple[str, str | None]) -> list[list[str]]:
    cells = [make_cell(row=row, reference=reference) for row, reference in rows]
    return [[cell.row for cell in group] for group in pacing.groups(cells)]


def test_rows_that_name_nobody_are_one_group_of_those_asked_for_the_same() -> None:
    assert groups_of(("a", None), ("b", None)) == [["a", "b"]]
    other = make_cell(row="c", workload="other")
    assert pacing.groups([make_cell(row="a"), other]) == []


def test_rows_that_only_accept_are_not_beside_those_that_do_the_work() -> None:
    rows = [make_cell(row=row, accepted=row.startswith("later")) for row in ("done-1", "later-1", "done-2", "later-2")]
    assert [[cell.row for cell in group] for group in pacing.groups(rows)] == [
        ["done-1", "done-2"],
        ["later-1", "later-2"],
    ]


def test_rows_that_name_one_are_in_its_group_and_it_is_in_no_other() -> None:
    rows = (("a", None), ("a-off", "a"), ("b", None), ("b-off", "b"), ("c", None), ("d", None))
    assert groups_of(*rows) == [["c", "d"], ["a", "a-off"], ["b", "b-off"]]


def test_a_row_that_is_named_and_names_another_is_in_both_groups() -> None:
    assert groups_of(("a", None), ("b", "a"), ("c", "b")) == [["a", "b"], ["b", "c"]]


def test_where_a_table_names_one_for_all_it_is_one_group_with_it() -> None:
    assert groups_of(("a", "b"), ("b", "b"), ("c", "b")) == [["a", "b", "c"]]

import pytest

from lab.figures import known


@pytest.mark.parametrize(("parts", "total"), [([1, 2.5], 3.5), ([], 0), ([1, None], None)])
def test_a_total_that_lacks_a_part_is_none(parts: list[float | None], total: float | None) -> None:
    assert known.total(parts) == total


@pytest.mark.parametrize(("before", "after", "added"), [(1, 2.5, 1.5), (None, 2.5, None), (1, None, None)])
def test_a_difference_takes_both(before: float | None, after: float | None, added: float | None) -> None:
    assert known.difference(before, after) == added


@pytest.mark.parametrize(("parts", "highest"), [([1, 2.5], 2.5), ([], None), ([1, None], None)])
def test_the_highest_is_known_only_if_all_are(parts: list[float | None], highest: float | None) -> None:
    assert known.highest(parts) == highest


def test_parts_are_whole_or_nothing() -> None:
    assert known.whole({"app": 1.0, "proxy": 0.0}) == {"app": 1.0, "proxy": 0.0}
    assert known.whole({"app": 1.0, "proxy": None}) == {}

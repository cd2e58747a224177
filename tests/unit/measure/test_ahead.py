import pytest

from lab.measure.ahead import Ahead, most_again


def gone_over(ahead: Ahead[str], disturbed: str) -> str:
    """What is measured, in order, where these are disturbed each time."""
    seen = ""
    for item in ahead:
        seen += item
        if item in disturbed and ahead.may_come_again(item):
            ahead.again(item)
    return seen


def test_all_come_in_order_and_what_was_disturbed_once_more_at_the_end() -> None:
    assert gone_over(Ahead("abcdefghij"), "bh") == "abcdefghijbh"


def test_a_fifth_may_come_again_and_none_twice() -> None:
    assert gone_over(Ahead("abcdefghij"), "abcdefghij") == "abcdefghijab"


@pytest.mark.parametrize(("count", "most"), [(0, 1), (1, 1), (7, 1), (8, 2), (50, 10)])
def test_of_few_one_may_come_again(count: int, most: int) -> None:
    assert most_again(count) == most


def test_what_is_left_is_what_was_not_reached_yet() -> None:
    ahead = Ahead("abc")
    assert [(item, "".join(ahead.left)) for item in ahead] == [("a", "bc"), ("b", "c"), ("c", "")]

import pytest

from lab.figures import contamination
from lab.model import ForeignCpu


def foreign(share: float, *, capacity_s: float, idle: float = 0.01) -> ForeignCpu:
    return ForeignCpu(capacity_s=capacity_s, unexplained_s=(share + idle) * capacity_s, idle_share=idle)


def test_what_ran_there_at_rest_is_no_contamination() -> None:
    assert contamination.share([foreign(0.0, capacity_s=9)]) == pytest.approx(0)
    assert contamination.share([foreign(0.04, capacity_s=9), foreign(0.08, capacity_s=9)]) == pytest.approx(0.06)


def test_a_host_that_was_busy_while_all_was_frozen_has_no_baseline_to_hide_behind() -> None:
    hog = ForeignCpu(capacity_s=9, unexplained_s=9, idle_share=1.0)
    assert contamination.share([hog]) == pytest.approx(0.95)


def test_so_small_a_share_of_a_short_time_or_of_rounds_that_nobody_watched_is_not_known() -> None:
    assert contamination.share([foreign(0.5, capacity_s=2.4)] * 2) is None
    assert contamination.share([foreign(0.5, capacity_s=2.4)] * 3) == pytest.approx(0.5)
    assert contamination.share([foreign(0.5, capacity_s=9), None]) is None
    assert contamination.share([]) is None


def test_words_are_of_shares_between_two_bounds() -> None:
    seen = [foreign(0.1, capacity_s=9)]
    assert contamination.words(seen) == "processes that are no part of the run used 10% of the stack's cores"
    assert contamination.words(seen, up_to=0.15) == contamination.words(seen, above=0.05) != ""
    assert contamination.words(seen, above=0.15) == contamination.words(seen, up_to=0.05) == ""
    assert contamination.words([None]) == contamination.words([foreign(0.02, capacity_s=9)]) == ""

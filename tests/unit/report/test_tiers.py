from lab.figures import stats
from lab.report.tiers import by_part, parts, values


def test_tiers_are_shown_without_total_and_load() -> None:
    assert by_part({"total": 62.0, "proxy": 12.0, "app": 50.0, "load": 9.0}) == "proxy 12.0 + app 50.0"
    assert parts({"total": 1.0, "load": 1.0}) == {}
    assert by_part({}) == "–"


def test_what_has_no_interval_is_left_out() -> None:
    assert values({"app": stats.estimate([5.0, 5.0]), "proxy": stats.estimate([5.0])}) == {"app": 5.0}

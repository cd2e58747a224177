from lab.diagnosis.finding import CAUSES, EXPLAINS
from lab.diagnosis.remedy import REMEDIES


def test_every_cause_says_what_it_explains_and_what_helps_against_it() -> None:
    assert set(EXPLAINS) == set(REMEDIES) == set(CAUSES)


def test_a_cause_explains_only_what_stands_after_it_so_that_no_two_explain_each_other() -> None:
    for place, cause in enumerate(CAUSES):
        assert EXPLAINS[cause] <= set(CAUSES[place + 1 :])


def test_nothing_is_explained_by_what_is_not_the_stacks() -> None:
    for cause in ("neighbours", "load"):
        assert EXPLAINS[cause] == frozenset()
        assert CAUSES.index(cause) > CAUSES.index("time-out")

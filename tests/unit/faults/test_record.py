from lab.faults.record import PlannedBreak
from tests.unit.faults.faults_made import PLAN, make_break, make_run, make_seen


def test_a_rate_is_of_right_answers_and_of_no_time_it_is_nought() -> None:
    assert make_seen(begin_s=2.0, end_s=4.0, right=50).right_per_second == 25
    assert make_seen(begin_s=2.0, end_s=2.0).right_per_second == 0


def test_all_failures_count() -> None:
    assert make_seen(failures={"timeout": 2, "unavailable": 3}).failed == 5


def test_a_break_whose_promises_held_has_none_that_is_broken() -> None:
    assert make_break().broken == []


def test_a_record_that_does_not_say_when_it_ended_is_finished_if_nothing_is_left() -> None:
    planned = PlannedBreak(target="service@async", fault="killed:postgres", plan=PLAN)
    assert make_run(make_break(), planned=(planned,)).finished
    assert not make_run(planned=(planned,)).finished

from dataclasses import replace

from lab.diagnosis.symptoms import symptoms
from lab.model import ErrorCounts
from lab.model.evidence import WrongAnswers
from tests.unit.diagnosis.diagnosis_scenes import CALM, make_course, make_observed, make_tier


def test_a_stack_that_answers_all_as_quickly_as_one_has_no_symptom() -> None:
    assert symptoms(make_observed()) == ()


def test_a_stall_of_the_machine_is_no_symptom() -> None:
    stalled = (10,) * 20 + (30, 35, 30) + (10,) * 7
    assert symptoms(make_observed(course=make_course(under_way=stalled))) == ()


def test_requests_that_fail_are_told_by_kind_and_since_when() -> None:
    course = make_course(
        errors=ErrorCounts(status=12, timeout=3),
        refusals={504: WrongAnswers(count=12, first_s=1.5, fastest_ms=1000, slowest_ms=1001)},
        failed_first_s=1.5,
    )
    (said,) = symptoms(make_observed(course=course))
    assert said == "15 of 300 requests failed (12 × 504, 3 × given up), the first after 1.5 s."


def test_requests_that_were_not_sent_are_told() -> None:
    (said,) = symptoms(make_observed(course=make_course(dropped=40)))
    assert "40 of 300" in said


def test_requests_that_wait_are_told_against_what_the_time_of_one_asks_for() -> None:
    (said,) = symptoms(make_observed(course=make_course(under_way=tuple(range(0, 240, 8))), alone_s=0.1))
    assert "100/s of 100 ms each make 10" in said
    assert symptoms(make_observed(course=make_course(under_way=(150,) * 30), alone_s=1.0)) == ()


def test_a_tenth_that_takes_much_longer_than_one_alone_is_told() -> None:
    (said,) = symptoms(make_observed(course=make_course(latency=replace(CALM, p90=1100.0))))
    assert said == "A tenth of the requests took longer than 1.10 s, where the slowest alone takes 100 ms."
    assert symptoms(make_observed(course=make_course(latency=replace(CALM, p90=900.0)))) == ()


def test_a_hundredth_that_takes_much_longer_is_told_where_connections_were_turned_away() -> None:
    slow = make_course(latency=replace(CALM, p99=3100.0))
    assert symptoms(make_observed(course=slow)) == ()
    (said,) = symptoms(make_observed(course=slow, app=make_tier(counters={"ListenOverflows": 404})))
    assert said == (
        "A hundredth of the requests took longer than 3.10 s, where the slowest alone takes 100 ms: 404 connections "
        "found no place in an accept queue and were tried again."
    )


def test_a_tenth_is_slow_only_beside_the_slowest_of_the_mix() -> None:
    seen = make_observed(course=make_course(latency=replace(CALM, p90=1100.0)))
    assert symptoms(replace(seen, slowest_alone_s=0.3)) == ()


def test_a_load_that_comes_late_is_told() -> None:
    (said,) = symptoms(make_observed(course=make_course(lag_p50_ms=40.0)))
    assert "40.0 ms late" in said


def test_more_that_come_than_go_are_told_before_many_wait() -> None:
    seen = make_observed(course=make_course(under_way=tuple(range(10, 40))), alone_s=0.1)
    assert symptoms(seen) == ()  # 25 in a quarter of a second: a stall of the machine could be so much
    seen = make_observed(course=make_course(duration_s=6.0, under_way=tuple(range(60))), alone_s=0.2)
    (said,) = symptoms(seen)
    assert said == (
        "27 requests were under way at first, and 56 in the end, where 100/s of 200 ms each make 20.0: more come than "
        "go."
    )


def test_a_young_load_of_slow_requests_still_fills_up_and_nothing_is_wrong() -> None:
    filling = make_course(under_way=tuple(min(10 * tenth, 200) for tenth in range(30)))
    assert symptoms(make_observed(course=filling, alone_s=2.0)) == ()


def test_a_tier_that_lost_a_process_is_not_healthy_though_all_was_answered() -> None:
    killed = make_observed(app=lambda at_s: make_tier(killed_for_memory=at_s > 1))
    assert symptoms(killed) == ("A process of app was killed for want of memory under the load.",)
    ended = make_observed(app=lambda at_s: make_tier(running=at_s < 1))
    assert symptoms(ended) == ("app ended under the load.",)
    before = make_tier(killed_for_memory=True)
    assert symptoms(make_observed(at_rest={"app": before}, app=before)) == ()

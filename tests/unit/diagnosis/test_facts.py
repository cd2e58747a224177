import pytest

from lab.diagnosis import facts
from lab.model.evidence import Link, TierLook, Traits
from tests.unit.diagnosis.diagnosis_scenes import (
    CROWDED,
    make_observed,
    make_sockets,
    make_task,
    make_tier,
    resting,
    sleeping,
)


def test_late_looks_are_those_after_two_fifths_of_the_load() -> None:
    assert facts.late(make_observed())[0].at_s == 1.25


def test_a_total_is_told_for_each_second() -> None:
    seen = make_observed(app=lambda at_s: make_tier(cpu_s=5 + at_s * 0.5))
    assert facts.cores_used(seen, "app") == pytest.approx(0.5)


def test_what_was_never_seen_is_not_zero() -> None:
    blind = make_observed(app=make_tier(sockets=None, cpu_s=None))
    assert facts.middle(blind, "app", lambda look: look.cpu_s) is None
    assert facts.per_second(blind, "app", lambda look: look.cpu_s) is None


def test_a_counter_counts_from_rest() -> None:
    seen = make_observed(
        at_rest={"app": make_tier(counters={"AttemptFails": 7})},
        app=lambda at_s: make_tier(counters={"AttemptFails": 7 + int(at_s)}),
    )
    assert facts.grown(seen, "app", "AttemptFails") == 3
    assert facts.grown_since_s(seen, "app", "AttemptFails") == 1.0


def test_a_counter_of_a_tier_that_has_ended_keeps_its_last_value() -> None:
    seen = make_observed(
        app=lambda at_s: make_tier(counters={"AttemptFails": 4}) if at_s < 2 else TierLook(running=False)
    )
    assert facts.grown(seen, "app", "AttemptFails") == 4


def test_a_thread_that_always_runs_or_could_run_never_slept() -> None:
    def busy(at_s: float) -> object:
        return make_task(1, call=None, cpu_s=at_s * 0.5, waited_s=at_s * 0.45)

    seen = make_observed(app=lambda at_s: make_tier(tasks=(busy(at_s), make_task(2, cpu_s=at_s * 0.5))))
    ((task, ran),) = facts.awake(seen, "app")
    assert task.pid == 1
    assert ran == pytest.approx(0.5)


def test_a_thread_that_came_late_is_not_taken_for_one_that_never_slept() -> None:
    seen = make_observed(
        app=lambda at_s: make_tier(tasks=(make_task(1), *([make_task(2, call=None, cpu_s=at_s)] if at_s > 2 else [])))
    )
    assert facts.awake(seen, "app") == []


def test_who_waits_where_it_rests_serves_nobody() -> None:
    seen = make_observed(at_rest={"app": resting(workers=2)}, app=resting(workers=2))
    assert facts.serving(seen, "app", seen.looks[-1].tiers["app"]) == []


def test_who_waits_elsewhere_or_runs_serves_somebody() -> None:
    busy = make_tier(tasks=(make_task(100, call="clock_nanosleep"), make_task(101, call=None)))
    seen = make_observed(at_rest={"app": resting(workers=2)}, app=busy)
    assert len(facts.serving(seen, "app", busy)) == 2


def test_a_new_thread_that_waits_for_a_lock_rests_in_its_pool() -> None:
    pool = make_tier(tasks=(make_task(100, call="accept4"), make_task(100, tid=7, call="futex")))
    seen = make_observed(at_rest={"app": resting(workers=1)}, app=pool)
    assert facts.serving(seen, "app", pool) == []


def test_a_new_process_is_judged_by_what_its_neighbours_rest_in() -> None:
    new = make_tier(tasks=(make_task(900, call="accept4"), make_task(901, call="recvfrom")))
    seen = make_observed(at_rest={"app": resting(workers=2)}, app=new)
    assert [task.pid for task in facts.serving(seen, "app", new)] == [901]


def test_threads_of_go_tell_nothing() -> None:
    seen = make_observed(
        at_rest={"app": resting(workers=4)}, traits={"app": Traits(parts=frozenset({"go"}))}, app=sleeping(workers=4)
    )
    assert facts.serving(seen, "app", seen.looks[-1].tiers["app"]) == []


def test_no_more_requests_have_come_to_an_inner_tier_than_it_has_connections() -> None:
    nginx = make_tier(sockets=make_sockets(accepted=100, towards={"app": Link(open=20)}))
    seen = make_observed(course=CROWDED, nginx=nginx, app=make_tier(sockets=make_sockets(accepted=18, unread=3)))
    assert facts.inside(seen, "nginx") == facts.under_way(seen) > 100
    assert facts.inside(seen, "app") == 20
    assert facts.taken_in(seen, "app") == 15


def test_the_use_of_cpu_begins_when_it_is_about_what_it_is_later() -> None:
    seen = make_observed(app=lambda at_s: make_tier(cpu_s=at_s * 0.2 if at_s < 1 else at_s - 0.8), db=make_tier())
    assert facts.used_since_s(seen, "app") == 1.0
    assert facts.used_since_s(seen, "app", "db") == 1.0
    assert facts.used_since_s(make_observed(app=lambda at_s: make_tier(cpu_s=at_s)), "app") == 0.0


def test_the_use_of_cpu_that_is_not_told_begins_with_the_late_looks() -> None:
    assert facts.used_since_s(make_observed(app=make_tier(cpu_s=None)), "app") == 1.25

from dataclasses import replace

from lab.diagnosis.diagnose import diagnose
from lab.model import ErrorCounts
from lab.model.evidence import WrongAnswers
from tests.unit.diagnosis.diagnosis_scenes import (
    CROWDED,
    make_course,
    make_observed,
    make_sockets,
    make_tier,
    resting,
    sleeping,
)

QUEUE = make_sockets(accepted=2, to_accept=80)
SLOTS = make_observed(course=CROWDED, at_rest={"app": resting(workers=2)}, app=sleeping(workers=2, sockets=QUEUE))


def test_a_healthy_stack_is_called_healthy() -> None:
    found = diagnose(make_observed())
    assert (found.outcome, found.first, found.symptoms) == ("healthy", None, ())


def test_a_stack_that_is_busy_and_answers_all_is_healthy_and_what_was_seen_is_told() -> None:
    found = diagnose(make_observed(app=lambda at_s: make_tier(cpu_s=at_s * 0.95)))
    assert found.outcome == "healthy"
    assert [clue.cause for clue in found.followed] == ["cpu"]


def test_what_gave_way_without_any_evidence_is_undecided() -> None:
    found = diagnose(make_observed(course=CROWDED))
    assert (found.outcome, found.first) == ("undecided", None)
    assert found.symptoms


def test_what_explains_the_others_comes_first() -> None:
    refusals = {504: WrongAnswers(count=20, first_s=1.0, fastest_ms=1000, slowest_ms=1001)}
    course = replace(CROWDED, refusals=refusals, errors=ErrorCounts(status=20))
    seen = make_observed(
        course=course,
        at_rest={"app": resting(workers=2)},
        nginx=make_tier(),
        app=sleeping(workers=2, sockets=QUEUE, counters={"ListenOverflows": 9}),
    )
    found = diagnose(seen)
    assert found.first is not None
    assert found.first.cause == "slots"
    assert [clue.cause for clue in found.followed] == ["accept-queue", "time-out"]


def test_of_two_tiers_that_wait_the_inner_one_is_first() -> None:
    seen = make_observed(
        course=CROWDED,
        at_rest={"app": resting(workers=4), "db": resting(workers=1)},
        app=sleeping(workers=4, call="recvfrom", peer="db", sockets=QUEUE),
        db=sleeping(workers=1, sockets=make_sockets(to_accept=3, accepted=1)),
    )
    found = diagnose(seen)
    assert found.first is not None
    assert (found.first.cause, found.first.tier) == ("slots", "db")


def test_what_was_there_long_before_is_not_explained_by_what_came_later() -> None:
    late_kill = make_observed(
        course=CROWDED,
        at_rest={"app": resting(workers=2)},
        app=lambda at_s: sleeping(workers=2, sockets=QUEUE, killed_for_memory=at_s >= 2.75),
    )
    found = diagnose(late_kill)
    assert found.first is not None
    assert found.first.cause == "slots"
    assert [clue.cause for clue in found.followed] == ["memory"]


def test_a_kill_at_once_explains_the_slots() -> None:
    seen = make_observed(
        course=CROWDED,
        at_rest={"app": resting(workers=2)},
        app=lambda at_s: sleeping(workers=2, sockets=QUEUE, killed_for_memory=at_s >= 0.5),
    )
    found = diagnose(seen)
    assert found.first is not None
    assert found.first.cause == "memory"


def test_a_load_that_came_late_is_named_only_where_nothing_of_the_stack_was_found() -> None:
    alone = diagnose(make_observed(course=make_course(lag_p50_ms=50.0)))
    assert alone.first is not None
    assert alone.first.cause == "load"
    both = diagnose(replace(SLOTS, course=replace(CROWDED, lag_p50_ms=50.0)))
    assert both.first is not None
    assert both.first.cause == "slots"

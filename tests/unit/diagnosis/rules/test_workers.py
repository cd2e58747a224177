from dataclasses import replace

from lab.diagnosis.rules import workers
from lab.model.evidence import Evidence, Said, TierLook
from tests.unit.diagnosis.diagnosis_scenes import CROWDED, make_observed, make_sockets, make_task, make_tier

AT_DOOR = make_sockets(to_accept=30)


def replaced(at_s: float) -> TierLook:
    """The first process with a worker, which is another one every half second."""
    return make_tier(tasks=(make_task(10), make_task(100 + int(at_s * 2), call="clock_nanosleep")), sockets=AT_DOOR)


RESTED = {"app": make_tier(tasks=(make_task(10), make_task(100)))}
REPLACED = make_observed(course=CROWDED, at_rest=RESTED, app=replaced)


def told(seen: Evidence) -> list[str]:
    return [clue.cause for clue in workers.restarts(seen)]


def test_processes_that_others_follow_while_requests_stand_at_the_door_are_told() -> None:
    (clue,) = workers.restarts(REPLACED)
    assert (clue.cause, clue.tier, clue.since_s) == ("restarts", "app", 0.5)
    assert clue.evidence[0].startswith("6 processes of app ended, and others began in their place; in 11 of 11 looks")


def test_processes_that_are_replaced_at_once_are_not() -> None:
    def served(at_s: float) -> TierLook:
        return replace(replaced(at_s), sockets=make_sockets(to_accept=30, accepted=1))

    assert told(make_observed(course=CROWDED, at_rest=RESTED, app=served)) == []
    quiet = make_observed(at_rest=RESTED, app=lambda at_s: replace(replaced(at_s), sockets=make_sockets()))
    assert told(quiet) == []


def test_one_that_was_replaced_once_or_a_process_for_each_connection_is_not() -> None:
    def once(at_s: float) -> TierLook:
        return replaced(0.0 if at_s < 1 else 0.5)

    def each(at_s: float) -> TierLook:
        begun = (make_task(200 + int(at_s * 4) + number) for number in range(5))
        return make_tier(tasks=(make_task(10), *begun), sockets=AT_DOOR)

    assert told(make_observed(course=CROWDED, at_rest=RESTED, app=once)) == []
    assert told(make_observed(course=CROWDED, at_rest=RESTED, app=each)) == []


def test_where_the_tier_wrote_why_they_end_that_is_told_instead() -> None:
    killed = Said(about="worker-timeout", line="WORKER TIMEOUT (pid:13)", count=4, first_s=3.7)
    assert told(replace(REPLACED, said={"app": (killed,)})) == []


def test_a_tier_that_has_ended_for_good_is_not_told() -> None:
    gone = make_observed(
        course=CROWDED, at_rest=RESTED, app=lambda at_s: replaced(at_s) if at_s < 2 else make_tier(tasks=None)
    )
    assert told(gone) == []

from dataclasses import replace

from lab.diagnosis.diagnose import diagnose
from lab.diagnosis.rules import said
from lab.measure.evidence.said import ABOUT
from lab.model import ErrorCounts
from lab.model.evidence import Evidence, Said
from tests.unit.diagnosis.diagnosis_scenes import SLOTS, make_course, make_observed, make_tier

FULL = Said(about="nginx-connections", line="48 worker_connections are not enough", count=115, first_s=0.5)
KILLED = Said(about="worker-timeout", line="WORKER TIMEOUT (pid:13)", count=4, first_s=3.7)


def saying(**tiers: Said) -> Evidence:
    failing = make_course(errors=ErrorCounts(read=114), failed_first_s=0.3)
    seen = make_observed(course=failing, nginx=make_tier(), app=make_tier())
    return replace(seen, said={tier: (line,) for tier, line in tiers.items()})


def test_connections_that_nginx_has_no_room_for_are_told_in_its_own_words() -> None:
    found = diagnose(saying(nginx=FULL))
    assert found.first is not None
    assert (found.first.cause, found.first.tier, found.first.since_s) == ("connections", "nginx", 0.5)
    assert found.first.evidence == ("nginx wrote 115 times: “48 worker_connections are not enough”.",)
    assert [clue.cause for clue in said.written(saying(nginx=FULL))] == ["connections"]


def test_whatever_is_read_from_a_log_is_a_cause() -> None:
    assert said.CAUSES.keys() == ABOUT.keys()


def test_a_limit_that_nginx_was_told_to_keep_is_told_in_its_own_words() -> None:
    line = 'limiting requests, excess: 5.500 by zone "a"'
    found = diagnose(saying(nginx=Said(about="nginx-limit", line=line, count=95, first_s=0.2)))
    assert found.first is not None
    assert (found.first.cause, found.first.tier) == ("configured-limit", "nginx")
    assert found.first.evidence == (f"nginx wrote 95 times: “{line}”.",)


def test_workers_that_are_killed_for_their_time_explain_what_was_full_before_they_were() -> None:
    found = diagnose(replace(SLOTS, said={"app": (KILLED,)}))
    assert found.first is not None
    assert found.first.cause == "worker-timeout"
    assert [clue.cause for clue in found.followed] == ["slots"]


def test_a_stack_that_did_what_was_asked_is_healthy_whatever_it_wrote() -> None:
    assert diagnose(replace(make_observed(), said={"app": (FULL,)})).outcome == "healthy"

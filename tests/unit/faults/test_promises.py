from typing import Any

from lab.faults import promises, seen
from lab.faults.record import Promise
from lab.orders.verdict import OrderFinding
from tests.unit.faults.faults_fakes import PROBLEM, make_ended, make_mix

MIX = make_mix()
LOST = OrderFinding(kind="lost", subject="break-1-a", detail="acknowledged with 202, and not in the database")


def judge(*ended: Any, findings: tuple[OrderFinding, ...] = (), **changes: Any) -> dict[str, Promise]:
    given: dict[str, Any] = {"acknowledged": 3, "recovery_s": 1.5, "reloads": None}
    judged = promises.judge(seen.judged(MIX, ended), findings, **given | changes)
    return {promise.name: promise for promise in judged}


def test_all_are_kept_where_nothing_went_wrong_and_each_says_what_it_was_judged_by() -> None:
    found = judge(make_ended(MIX), make_ended(MIX, "revoked"), make_ended(MIX, status=503, body=PROBLEM))
    assert all(promise.kept for promise in found.values())
    assert [promise.detail for promise in found.values()] == [
        "3 were acknowledged",
        "1 tried it",
        "1 were 503 as documented",
        "1.5 s after the fault was undone",
    ]


def test_a_lost_order_breaks_the_first_promise_and_is_named() -> None:
    promise = judge(findings=(LOST,))[promises.ORDERS]
    assert not promise.kept
    assert promise.detail == "1 × lost (break-1-a: acknowledged with 202, and not in the database)"


def test_an_acknowledgement_that_says_no_order_breaks_it_too() -> None:
    promise = judge(make_ended(MIX, "order", status=202, body="{}"))[promises.ORDERS]
    assert (promise.kept, promise.detail) == (False, "1 × acknowledged without its order")


def test_a_revoked_token_that_is_let_in_breaks_the_second() -> None:
    promise = judge(make_ended(MIX, "revoked", status=200), make_ended(MIX, "revoked"))[promises.TOKENS]
    assert (promise.kept, promise.detail) == (False, "1 of 2 requests with one were let in")


def test_a_5xx_that_is_not_documented_breaks_the_third() -> None:
    promise = judge(make_ended(MIX, status=500), make_ended(MIX, status=503, body="<html>"))[promises.ANSWERS]
    assert (promise.kept, promise.detail) == (False, "1 × undocumented 500, 1 × undocumented 503")


def test_a_recovery_must_be_seen_and_be_in_time() -> None:
    assert judge(recovery_s=30.0)[promises.RECOVERY].kept
    assert not judge(recovery_s=30.1)[promises.RECOVERY].kept
    unseen = judge(recovery_s=None)[promises.RECOVERY]
    assert (unseen.kept, unseen.detail) == (False, "not while it was watched")


def test_over_reloads_no_request_may_fail_and_those_sent_again_are_told() -> None:
    right = [make_ended(MIX), make_ended(MIX, again=True)]
    assert promises.RELOADS not in judge(*right)
    promise = judge(*right, reloads=100)[promises.RELOADS]
    assert (promise.kept, promise.detail) == (True, "0 failed of 2 over 100 reloads; 1 were sent again")
    broken = judge(*right, make_ended(MIX, end="read", status=None), reloads=100)[promises.RELOADS]
    assert (broken.kept, broken.detail) == (False, "1 × read of 3 over 100 reloads; 1 were sent again")

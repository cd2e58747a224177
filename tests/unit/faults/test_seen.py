from typing import Any

import pytest

from lab.faults import seen
from lab.orders.verdict import OrderRow, Rows, verdict
from tests.unit.faults.faults_fakes import PROBLEM, make_ended, make_mix

MIX = make_mix()
ORDER = next(part for part in MIX.parts if part.what == "order")
TOLD = f'{{"id":7,"item_id":{ORDER.item_id},"quantity":{ORDER.quantity},"status":"accepted"}}'


def failure(what: str = "item", **changes: Any) -> str | None:
    (outcome,) = seen.judged(MIX, [make_ended(MIX, what, **changes)])
    return outcome.failure


@pytest.mark.parametrize(
    ("what", "changes", "kind"),
    [
        ("item", {}, None),
        ("order", {"status": 202, "body": TOLD}, None),
        ("order", {"status": 202, "body": "{}"}, seen.WITHOUT_ORDER),
        ("revoked", {"status": 401}, None),
        ("revoked", {"status": 200}, seen.REVOKED_ACCEPTED),
        ("revoked", {"status": 503, "body": PROBLEM}, seen.UNAVAILABLE),
        ("item", {"status": 503, "body": PROBLEM}, seen.UNAVAILABLE),
        ("item", {"status": 503, "body": "<html>"}, "undocumented 503"),
        ("item", {"status": 503, "body": '["not a document"]'}, "undocumented 503"),
        ("item", {"status": 500, "body": PROBLEM}, "undocumented 500"),
        ("item", {"status": 404}, "status 404"),
        ("user", {"status": 401}, seen.SIGNED_OUT),
        ("user", {"end": "timeout", "status": None}, "timeout"),
        ("user", {"end": "dropped", "status": None}, "dropped"),
    ],
)
def test_an_answer_is_right_or_has_a_kind(what: str, changes: dict[str, Any], kind: str | None) -> None:
    assert failure(what, **changes) == kind


def test_an_order_without_an_answer_is_open_a_409_is_a_no_and_the_rest_was_acknowledged() -> None:
    ended = [
        make_ended(MIX, "order", unique="a", status=202, body=TOLD),
        make_ended(MIX, "order", unique="b", end="timeout", status=None),
        make_ended(MIX, "order", unique="c", status=409, again=True),
        make_ended(MIX, "order", end="dropped", status=None),
        make_ended(MIX, "user"),
    ]
    history = seen.history(MIX, seen.judged(MIX, ended))
    assert [order.key for order in history.orders] == ["break-1-a", "break-1-b", "break-1-c"]
    assert (history.acknowledged, history.refused, history.retried) == (1, 1, 1)


def test_an_acknowledged_order_that_is_not_in_the_database_is_found() -> None:
    ended = [make_ended(MIX, "order", unique=key, status=202, body=TOLD) for key in ("kept", "lost")]
    kept = OrderRow(
        id=7,
        user_id=ORDER.user_id,
        item_id=ORDER.item_id,
        quantity=ORDER.quantity,
        key="break-1-kept",
        mode="async",
        status="done",
    )
    history = seen.history(MIX, seen.judged(MIX, ended))
    found = verdict(history, Rows(orders=[kept], items=[]), prefix=MIX.prefix)
    assert [(finding.kind, finding.subject) for finding in found] == [("lost", "break-1-lost")]


def test_a_stretch_counts_what_was_due_in_it_and_times_right_answers_alone() -> None:
    ended = [make_ended(MIX, due_s=n / 10, end_s=n / 10 + 0.001 * (n + 1)) for n in range(100)]
    ended += [make_ended(MIX, due_s=5, end="timeout", status=None, end_s=15), make_ended(MIX, due_s=10)]
    outcomes = seen.judged(MIX, ended)
    found = seen.stretch("during", outcomes, 0, 10)
    assert (found.offered, found.right, found.failures) == (101, 100, {"timeout": 1})
    assert found.p50_ms == pytest.approx(50)
    assert found.p99_ms == pytest.approx(99)
    assert found.right_per_second == 10
    nothing = seen.stretch("after", outcomes, 20, 20)
    assert (nothing.offered, nothing.p50_ms, nothing.p99_ms, nothing.right_per_second) == (0, None, None, 0)
    assert [one.offered for one in seen.seconds(outcomes, end_s=11.5)] == [10] * 5 + [11] + [10] * 4 + [1]


def recovered(*failed_s: float, end_s: float = 30, kind: str = "timeout", **options: Any) -> float | None:
    ended = [make_ended(MIX, due_s=due_s, end=kind, status=None) for due_s in failed_s]
    given: dict[str, Any] = {"undone_s": 10, "end_s": end_s, "forgiven": frozenset()}
    return seen.recovered_s(seen.judged(MIX, ended), **given | options)


def test_recovery_is_until_the_last_failure_after_the_undoing() -> None:
    assert recovered() == 0
    assert recovered(6, 9.9) == 0
    assert recovered(9, 10.5, 12.25) == 2.25


def test_recovery_is_believed_when_all_was_right_for_a_while() -> None:
    assert recovered(12, end_s=12 + seen.CALM_S - 0.1) is None
    assert recovered(12, end_s=12 + seen.CALM_S) == 2
    assert recovered(end_s=10 + seen.CALM_S - 0.1) is None


def test_a_failure_that_the_fault_explains_is_no_part_of_the_recovery() -> None:
    assert recovered(12, kind="read", forgiven=frozenset({"read"})) == 0


def test_slices_are_put_on_one_clock() -> None:
    (moved,) = seen.shifted([make_ended(MIX, due_s=1, end_s=2)], by_s=14)
    assert (moved.due_s, moved.end_s) == (15, 16)

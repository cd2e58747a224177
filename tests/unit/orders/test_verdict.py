from dataclasses import replace

from lab.orders.history import Acknowledgement, History, SentOrder
from lab.orders.verdict import ItemRow, OrderFinding, OrderRow, Rows, verdict

PREFIX = "check-1-"
SENT = SentOrder(
    user_id=2,
    key=f"{PREFIX}0-1",
    item_id=3,
    quantity=2,
    tries=1,
    acknowledged=Acknowledgement(status_code=202, order_id=7, item_id=3, quantity=2, replayed=False),
)
KEPT = OrderRow(id=7, user_id=2, item_id=3, quantity=2, key=f"{PREFIX}0-1", mode="async", status="done")
ITEM = ItemRow(id=3, initial_stock=100, stock=98)
OPEN = replace(SENT, acknowledged=None)
REFUSED = replace(OPEN, refused=409, quantity=99)


def judge(*sent: SentOrder, orders: tuple[OrderRow, ...] = (), items: tuple[ItemRow, ...] = ()) -> list[OrderFinding]:
    return verdict(History(orders=sent), Rows(orders=orders, items=items), prefix=PREFIX)


def kinds(*sent: SentOrder, orders: tuple[OrderRow, ...] = (), items: tuple[ItemRow, ...] = ()) -> list[str]:
    return [finding.kind for finding in judge(*sent, orders=orders, items=items)]


def test_an_order_that_is_there_once_as_it_was_acknowledged_is_right() -> None:
    assert judge(SENT, orders=(KEPT,), items=(ITEM,)) == []


def test_an_acknowledged_order_that_is_not_in_the_database_is_lost() -> None:
    assert judge(SENT, items=(replace(ITEM, stock=100),)) == [
        OrderFinding(kind="lost", subject=SENT.key, detail="acknowledged with 202, and not in the database")
    ]


def test_two_orders_of_one_key_are_one_too_many() -> None:
    again = replace(KEPT, id=8)
    assert kinds(SENT, orders=(KEPT, again), items=(replace(ITEM, stock=96),)) == ["twice", "changed"]


def test_an_order_that_nobody_acknowledged_may_be_there_once_or_not_at_all() -> None:
    assert judge(OPEN, orders=(KEPT,), items=(ITEM,)) == []
    assert judge(OPEN, items=(replace(ITEM, stock=100),)) == []
    assert kinds(OPEN, orders=(KEPT, replace(KEPT, id=8)), items=(replace(ITEM, stock=96),)) == ["twice"]


def test_another_quantity_than_the_one_that_was_sent_is_found() -> None:
    findings = judge(SENT, orders=(replace(KEPT, quantity=1),), items=(replace(ITEM, stock=99),))
    assert {finding.kind for finding in findings} == {"changed"}


def test_an_order_under_another_user_or_item_is_found() -> None:
    assert kinds(OPEN, orders=(replace(KEPT, user_id=3),), items=(ITEM,)) == ["changed"]
    assert kinds(OPEN, orders=(replace(KEPT, item_id=4),), items=(replace(ITEM, id=4),)) == ["changed"]


def test_an_answer_that_names_another_order_than_the_kept_one_is_found() -> None:
    assert kinds(SENT, orders=(replace(KEPT, id=9),), items=(ITEM,)) == ["changed"]


def test_an_order_acknowledged_as_waiting_may_not_have_been_made_at_once() -> None:
    assert kinds(SENT, orders=(replace(KEPT, mode="sync"),), items=(ITEM,)) == ["changed"]


def test_an_order_that_no_worker_finished_is_found() -> None:
    assert kinds(SENT, orders=(replace(KEPT, status="accepted"),), items=(replace(ITEM, stock=100),)) == ["unfinished"]


def test_stock_that_went_down_twice_for_one_order_is_found() -> None:
    (finding,) = judge(SENT, orders=(KEPT,), items=(replace(ITEM, stock=96),))
    assert (finding.kind, finding.subject) == ("stock", "item 3")
    assert finding.detail == "4 pieces are gone, and its done orders took 2"


def test_stock_that_did_not_go_down_for_a_done_order_is_found() -> None:
    assert kinds(SENT, orders=(KEPT,), items=(replace(ITEM, stock=100),)) == ["stock"]


def test_orders_of_others_count_for_the_stock_and_for_nothing_else() -> None:
    theirs = replace(KEPT, id=1, key="another-check", quantity=5, status="done")
    assert judge(SENT, orders=(theirs, KEPT), items=(replace(ITEM, stock=93),)) == []


def test_an_order_rejected_for_want_of_stock_is_right_and_takes_nothing() -> None:
    rejected = replace(KEPT, status="rejected")
    assert judge(SENT, orders=(rejected,), items=(ItemRow(id=3, initial_stock=1, stock=1),)) == []


def test_an_order_rejected_although_there_is_stock_is_found() -> None:
    rejected = replace(KEPT, status="rejected")
    assert kinds(SENT, orders=(rejected,), items=(replace(ITEM, stock=100),)) == ["wrong answer"]


def test_a_synchronous_order_is_never_kept_as_rejected() -> None:
    rejected = replace(KEPT, status="rejected", mode="sync")
    assert kinds(OPEN, orders=(rejected,), items=(ItemRow(id=3, initial_stock=1, stock=1),)) == ["wrong answer"]


def test_a_refused_order_leaves_no_trace() -> None:
    low = ItemRow(id=3, initial_stock=3, stock=3)
    assert judge(REFUSED, items=(low,)) == []
    kept = replace(KEPT, quantity=99, status="rejected")
    assert kinds(REFUSED, orders=(kept,), items=(low,)) == ["not refused"]


def test_an_order_refused_although_there_is_stock_is_found() -> None:
    assert kinds(REFUSED, items=(replace(ITEM, stock=100),)) == ["wrong answer"]


def test_an_answer_that_should_not_come_is_found() -> None:
    (finding,) = judge(replace(REFUSED, refused=422), items=(replace(ITEM, stock=100),))
    assert (finding.kind, finding.detail) == ("wrong answer", "answered 422")


def test_an_order_with_a_key_of_this_check_that_no_client_sent_is_found() -> None:
    assert kinds(orders=(KEPT,), items=(ITEM,)) == ["unknown"]

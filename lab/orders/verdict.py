"""Pure: what the clients were told against what the database holds. Nothing lost, nothing twice."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal

from lab.orders.history import History, SentOrder

Kind = Literal["lost", "twice", "changed", "unfinished", "not refused", "unknown", "stock", "wrong answer"]

MODES = {HTTPStatus.CREATED: "sync", HTTPStatus.ACCEPTED: "async"}
"""The status that acknowledges an order → the mode that its row must have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """A row of the table `orders`."""

    id: int
    user_id: int
    item_id: int
    quantity: int
    key: str
    mode: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """The stock of an item, before its first order and now."""

    id: int
    initial_stock: int
    stock: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What the database holds when nobody writes any more."""

    orders: Sequence[OrderRow]
    items: Sequence[ItemRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFinding:
    """One thing that must not be."""

    kind: Kind
    subject: str
    """The Idempotency-Key of the order, or the item."""
    detail: str


def verdict(history: History, rows: Rows, *, prefix: str) -> list[OrderFinding]:
    """All that is wrong, in the order of the history; `prefix` begins every key that these clients have used."""
    by_key: defaultdict[str, list[OrderRow]] = defaultdict(list)
    for row in rows.orders:
        if row.key.startswith(prefix):
            by_key[row.key].append(row)
    stock = {item.id: item.stock for item in rows.items}
    findings = [finding for order in history.orders for finding in _order(order, by_key.pop(order.key, []), stock)]
    unknown = [
        OrderFinding(kind="unknown", subject=key, detail=f"order {row.id}: no client sent this key")
        for key, left in by_key.items()
        for row in left
    ]
    return [*findings, *unknown, *_stock(rows)]


def _order(order: SentOrder, rows: Sequence[OrderRow], stock: Mapping[int, int]) -> Iterator[OrderFinding]:
    """What is wrong with one order, of which the database holds these rows."""

    def finding(kind: Kind, detail: str) -> OrderFinding:
        return OrderFinding(kind=kind, subject=order.key, detail=detail)

    if len(rows) > 1:
        yield finding("twice", f"orders {', '.join(str(row.id) for row in rows)} have this key")
    if order.acknowledged is not None and not rows:
        yield finding("lost", f"acknowledged with {order.acknowledged.status_code}, and not in the database")
    if order.refused is not None:
        yield from _refused(order, order.refused, rows, stock)
    for row in rows:
        yield from _row(order, row, stock)


def _refused(
    order: SentOrder, status: int, rows: Sequence[OrderRow], stock: Mapping[int, int]
) -> Iterator[OrderFinding]:
    if status != HTTPStatus.CONFLICT:
        yield OrderFinding(kind="wrong answer", subject=order.key, detail=f"answered {status}")
    elif stock.get(order.item_id, 0) >= order.quantity:
        yield OrderFinding(kind="wrong answer", subject=order.key, detail="409, and there is still enough stock")
    if rows:
        yield OrderFinding(
            kind="not refused", subject=order.key, detail=f"answered {status}, and kept as order {rows[0].id}"
        )


def _row(order: SentOrder, row: OrderRow, stock: Mapping[int, int]) -> Iterator[OrderFinding]:
    """A row must be the order that was sent, and the one that was acknowledged, carried out."""
    sent = (order.user_id, order.item_id, order.quantity)
    kept = (row.user_id, row.item_id, row.quantity)
    if kept != sent:
        yield OrderFinding(kind="changed", subject=order.key, detail=f"(user, item, quantity) sent {sent}, kept {kept}")
    if (told := order.acknowledged) is not None:
        said = (told.order_id, told.item_id, told.quantity, MODES.get(HTTPStatus(told.status_code)))
        if said != (row.id, row.item_id, row.quantity, row.mode):
            detail = f"(id, item, quantity, mode) told {said}, kept {(row.id, row.item_id, row.quantity, row.mode)}"
            yield OrderFinding(kind="changed", subject=order.key, detail=detail)
    if row.status not in ("done", "rejected"):
        yield OrderFinding(kind="unfinished", subject=order.key, detail=f"order {row.id} is still {row.status}")
    if row.status == "rejected" and (row.mode == "sync" or stock.get(row.item_id, 0) >= row.quantity):
        why = "a synchronous order is refused and not kept" if row.mode == "sync" else "there is still stock"
        yield OrderFinding(kind="wrong answer", subject=order.key, detail=f"order {row.id} is rejected: {why}")


def _stock(rows: Rows) -> Iterator[OrderFinding]:
    """Each item's stock has gone down by exactly what its done orders took, whoever sent them."""
    taken: defaultdict[int, int] = defaultdict(int)
    for row in rows.orders:
        if row.status == "done":
            taken[row.item_id] += row.quantity
    for item in rows.items:
        gone = item.initial_stock - item.stock
        if gone != taken[item.id]:
            detail = f"{gone} pieces are gone, and its done orders took {taken[item.id]}"
            yield OrderFinding(kind="stock", subject=f"item {item.id}", detail=detail)

"""Orders: finished in the request, or accepted in it and finished by the worker."""

import time
from contextlib import suppress

from flask import Blueprint, Response, g, request
from service import answers, headers, queries, refusals
from service.metrics import ORDERS
from service.models import Order
from service.paging import path_id
from service.problems import Problem
from service.schemas import NewOrder
from service.steps import Unreachable
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from web.intake import answer, body, enter
from web.parts import parts

blueprint = Blueprint("orders", __name__, url_prefix="/api/v1/orders")
STATUSES = {"sync": 201, "async": 202}


@blueprint.post("")
def create_order() -> Response:
    """A new order, or the one that this key has made already."""
    user_id = enter(token=True).user.user_id
    key = headers.idempotency_key(request.headers.get("Idempotency-Key"))
    wanted = body(NewOrder)
    mode = parts().settings.order_mode
    try:
        with parts().writing() as session:
            order, replayed = _place(session, user_id, key, wanted, mode)
    except IntegrityError as error:
        raise refusals.of_order(error) from error
    g.order_id = order.id
    if mode == "async" and not replayed:
        _wake_workers()
    ORDERS.labels(mode, "replayed" if replayed else order.status).inc()
    response = answer(answers.order(order), STATUSES[order.mode], f"/api/v1/orders/{order.id}")
    if replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return response


@blueprint.get("/<number>")
def get_order(number: str) -> Response:
    """An order, for who made it and admins."""
    passage = enter(token=True)
    order_id = path_id(number)
    with parts().reading() as session:
        order = session.scalar(queries.ORDER, {"id": order_id})
    if order is None:
        raise Problem("not-found")
    passage.allow(order.user_id)
    return answer(answers.order(order))


def _place(session: Session, user_id: int, key: str, wanted: NewOrder, mode: str) -> tuple[Order, bool]:
    """The order, and whether it was there before; in sync mode finished, or the problem that stock is short."""
    made_in = parts().spans.traceparent()
    values = {"user_id": user_id, "key": key, "mode": mode, "traceparent": made_in, **wanted.model_dump()}
    order_id = session.scalar(queries.NEW_ORDER, values)
    if order_id is None:
        return _replay(session, user_id, key, wanted), True
    status = "accepted"
    if mode == "sync":
        _finish(session, order_id, wanted)
        status = "done"
    return Order(id=order_id, status=status, mode=mode, **wanted.model_dump()), False


def _replay(session: Session, user_id: int, key: str, wanted: NewOrder) -> Order:
    order = session.scalars(queries.ORDER_OF_KEY, {"user_id": user_id, "key": key}).one()
    if (order.item_id, order.quantity) != (wanted.item_id, wanted.quantity):
        raise Problem("idempotency-key-reused")
    return order


def _finish(session: Session, order_id: int, wanted: NewOrder) -> None:
    """The article's work, under the lock of the item's row."""
    stock = session.scalar(queries.LOCK_ITEM, {"id": wanted.item_id})
    if stock is None or stock < wanted.quantity:
        ORDERS.labels("sync", "rejected").inc()
        raise Problem("out-of-stock")  # and the transaction is undone: the key is free again
    time.sleep(parts().settings.order_work_s)
    session.execute(queries.LOWER_STOCK, {"item_id": wanted.item_id, "quantity": wanted.quantity})
    session.execute(queries.FINISH_ORDER, {"order_id": order_id, "new_status": "done"})


def _wake_workers() -> None:
    """Once the order is durable; if this gets lost, the workers look by themselves within a second."""
    with suppress(*queries.POSTGRES_DOWN, Unreachable), parts().reading() as session:
        session.execute(queries.WAKE_WORKERS)

"""Orders: /api/v1/orders. Decision 0022 says why an order's row is also the message to the worker."""

import asyncio
from contextlib import suppress
from typing import Annotated

from answers_http import json_response
from checks import IdempotencyKey, PathId, SignedIn, body_of
from fastapi import APIRouter, Depends
from parts import Parts
from service import answers, queries, refusals
from service.metrics import ORDERS
from service.models import Order
from service.problems import Problem
from service.schemas import NewOrder
from service.steps import Unreachable
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from routers import READ

router = APIRouter(prefix="/api/v1/orders")
STATUS = {"sync": 201, "async": 202}


@router.api_route("/{id}", methods=READ)
async def show(request: Request, passage: SignedIn, order_id: PathId) -> Response:
    async with request.state.parts.database.single() as session:
        order = await session.scalar(queries.ORDER, {"id": order_id})
    if order is None:
        raise Problem("not-found")
    passage.allow(order.user_id)
    return json_response(answers.order(order))


@router.post("")
async def create(
    request: Request,
    passage: SignedIn,
    key: IdempotencyKey,
    body: Annotated[NewOrder, Depends(body_of(NewOrder))],
) -> Response:
    parts = request.state.parts
    place = _place_and_work if parts.settings.order_mode == "sync" else _place
    try:
        order = await place(parts, passage.user.user_id, key, body)
    except IntegrityError as error:
        raise refusals.of_order(error) from error
    if order is None:
        return await _replay(request, passage.user.user_id, key, body)
    return _answer(request, order)


async def _insert(parts: Parts, session: AsyncSession, user_id: int, key: str, body: NewOrder) -> Order | None:
    """The new order; None where there is one with this key. Waits for a request with the same key to end."""
    mode = parts.settings.order_mode
    values = {"user_id": user_id, "item_id": body.item_id, "quantity": body.quantity, "key": key, "mode": mode}
    values["traceparent"] = parts.spans.traceparent()
    order_id = await session.scalar(queries.NEW_ORDER, values)
    if order_id is None:
        return None
    return Order(id=order_id, item_id=body.item_id, quantity=body.quantity, mode=mode, status="accepted")


async def _place_and_work(parts: Parts, user_id: int, key: str, body: NewOrder) -> Order | None:
    """ORDER_MODE=sync: all of it in one transaction."""
    async with parts.database.transaction() as session:
        order = await _insert(parts, session, user_id, key, body)
        if order is None:
            return None
        stock = await session.scalar(queries.LOCK_ITEM, {"id": body.item_id})
        if stock < body.quantity:
            ORDERS.labels("sync", "rejected").inc()
            raise Problem("out-of-stock")  # and nothing is kept
        await asyncio.sleep(parts.settings.order_work_s)
        await session.execute(queries.LOWER_STOCK, {"item_id": body.item_id, "quantity": body.quantity})
        await session.execute(queries.FINISH_ORDER, {"order_id": order.id, "new_status": "done"})
    order.status = "done"
    ORDERS.labels("sync", "done").inc()
    return order


async def _place(parts: Parts, user_id: int, key: str, body: NewOrder) -> Order | None:
    """ORDER_MODE=async: the row is durable, a worker does the rest."""
    async with parts.database.single() as session:
        order = await _insert(parts, session, user_id, key, body)
        if order is not None:
            ORDERS.labels("async", "accepted").inc()
            # In a transaction of its own: notifying transactions commit one after the other. If it gets lost, the
            # worker finds the order when it looks by itself.
            with suppress(SQLAlchemyError, OSError, Unreachable):
                await session.execute(queries.WAKE_WORKERS)
    return order


async def _replay(request: Request, user_id: int, key: str, body: NewOrder) -> Response:
    """The order that the key was first used for, as it is now."""
    async with request.state.parts.database.single() as session:
        order: Order = await session.scalar(queries.ORDER_OF_KEY, {"user_id": user_id, "key": key})
    if (order.item_id, order.quantity) != (body.item_id, body.quantity):
        raise Problem("idempotency-key-reused")
    ORDERS.labels(order.mode, "replayed").inc()
    return _answer(request, order, {"Idempotency-Replayed": "true"})


def _answer(request: Request, order: Order, headers: dict[str, str] | None = None) -> Response:
    request.state.order_id = order.id  # for the line of the log
    location = {"Location": f"/api/v1/orders/{order.id}"}
    return json_response(answers.order(order), STATUS[order.mode], location | (headers or {}))

"""One client of a check: signs in, and sends an order until it is acknowledged."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import TypeVar

import requests
from pydantic import BaseModel, ValidationError

from lab.measure.verify import loopback_session
from lab.orders.history import Acknowledgement, SentOrder

PASSWORD = "lab-password"  # noqa: S105 - of every seeded user, written in docs/service.md
ANSWER_WITHIN_S = 5.0
AGAIN_AFTER_S = 0.1
GIVE_UP_AFTER_S = 60.0
"""An order that is not acknowledged by then stays open: it may be in the database once, or not at all."""
Body = TypeVar("Body", bound=BaseModel)
_ACKNOWLEDGED = (HTTPStatus.CREATED, HTTPStatus.ACCEPTED)
_ASK_AGAIN = (HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS)


class _Tokens(BaseModel):
    access_token: str


class _Order(BaseModel):
    id: int
    item_id: int
    quantity: int


class Unanswered(Exception):
    """A request that may have been carried out, or not; the text is the kind of failure."""


class Client:
    """A user with a connection of his own."""

    def __init__(self, url: str, *, user_id: int, failed: Callable[[str], None]) -> None:
        self.user_id = user_id
        self._url = url
        self._failed = failed
        self._token: str | None = None
        self._session = loopback_session()

    def bring_to_an_end(self, order: SentOrder, *, abandon: threading.Event) -> SentOrder:
        """The order as it stands after as many requests, all with its key, as it took to get an answer."""
        give_up = time.monotonic() + GIVE_UP_AFTER_S
        while True:
            order = replace(order, tries=order.tries + 1)
            try:
                return self._send(order)
            except Unanswered as failure:
                self._failed(str(failure))
            if abandon.wait(AGAIN_AFTER_S) or time.monotonic() >= give_up:
                return order

    def _send(self, order: SentOrder) -> SentOrder:
        self._token = self._token or self._sign_in()
        answer = self._post(
            "/api/v1/orders",
            {"item_id": order.item_id, "quantity": order.quantity},
            {"Authorization": f"Bearer {self._token}", "Idempotency-Key": order.key},
        )
        if answer.status_code in _ACKNOWLEDGED:
            return replace(order, acknowledged=_acknowledgement(answer))
        return replace(order, refused=answer.status_code)

    def _sign_in(self) -> str:
        answer = self._post("/api/v1/login", {"email": f"user{self.user_id:05}@example.org", "password": PASSWORD}, {})
        return _read(_Tokens, answer).access_token

    def _post(self, path: str, body: dict[str, object], headers: dict[str, str]) -> requests.Response:
        try:
            answer = self._session.post(self._url + path, json=body, headers=headers, timeout=ANSWER_WITHIN_S)
        except requests.RequestException as error:
            raise Unanswered(type(error).__name__) from None
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            self._token = None
        if answer.status_code in _ASK_AGAIN or answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Unanswered(str(answer.status_code))
        return answer


def _acknowledgement(answer: requests.Response) -> Acknowledgement:
    order = _read(_Order, answer)
    return Acknowledgement(
        status_code=answer.status_code,
        order_id=order.id,
        item_id=order.item_id,
        quantity=order.quantity,
        replayed=answer.headers.get("Idempotency-Replayed") == "true",
    )


def _read(kind: type[Body], answer: requests.Response) -> Body:
    try:
        return kind.model_validate_json(answer.content)
    except ValidationError:
        raise Unanswered(f"{answer.status_code} with a body that is not in the contract") from None

"""Answers as bytes: keys in the order of the contract, compact; and the same users as Protobuf."""

from collections.abc import Sequence
from typing import Any

import orjson

from service.models import Item, Order, User
from service.paging import cursor
from service.users_pb2 import User as UserMessage
from service.users_pb2 import UserPage

JSON = "application/json"


def user(row: User) -> bytes:
    """A user, `U` of the contract."""
    return orjson.dumps(_user(row))


def page(rows: Sequence[User], limit: int) -> bytes:
    """A page of users, of which one more than the limit was asked for: it says whether there is a next page."""
    shown = rows[:limit]
    following = cursor(shown[-1].id) if len(rows) > limit else None
    return orjson.dumps({"items": [_user(row) for row in shown], "next": following})


def user_protobuf(answer: bytes) -> bytes:
    """The answer of a user, made from its JSON, which is what the cache has."""
    return _message(orjson.loads(answer)).SerializeToString()


def page_protobuf(answer: bytes) -> bytes:
    """The answer of a page, made from its JSON."""
    value = orjson.loads(answer)
    return UserPage(items=map(_message, value["items"]), next=value["next"] or "").SerializeToString()


def item(row: Item) -> bytes:
    """An item."""
    return orjson.dumps({"id": row.id, "name": row.name, "price_cents": row.price_cents})


def order(row: Order) -> bytes:
    """An order, `O` of the contract."""
    return orjson.dumps({"id": row.id, "item_id": row.item_id, "quantity": row.quantity, "status": row.status})


def tokens(access_token: str, expires_in_s: int, refresh_token: str) -> bytes:
    """The tokens of a session, `T` of the contract."""
    return orjson.dumps(
        {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": expires_in_s,
            "refresh_token": refresh_token,
        }
    )


def _user(row: User) -> dict[str, Any]:
    profile = row.profile
    return {
        "id": row.id,
        "name": row.name,
        "email": row.email,
        "age": row.age,
        "role": row.role,
        "profile": {"bio": profile.bio, "city": profile.city} if profile else None,
    }


def _message(value: dict[str, Any]) -> UserMessage:
    return UserMessage(**value)  # the names are the same; None is absent

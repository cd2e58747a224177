"""What users ask while a service is broken: a mix of independent requests that a seed decides, each with its token.

Who is asked for with which token is fixed when the mix is made: the load generator only fills in each order's key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from random import Random
from typing import Literal

import requests

from lab.errors import Unhealthy
from lab.measure import signing, verify
from lab.model import UNIQUE, Request, SignIn, Workload
from lab.orders.client import PASSWORD

What = Literal["item", "user", "page", "order", "revoked"]

USERS = tuple(range(2, 10))
"""They order, and ask for themselves. None is an admin: each tenth from 1 on is."""
ADMIN = 11
SIGNED_OUT = (12, 13, 14, 15)
"""They signed in and out again: their tokens must never be accepted."""
ORDERS_EACH = 3
ITEMS = 40
MOST_PIECES = 3
SHARES: Mapping[What, int] = {"item": 40, "user": 25, "page": 5, "order": 20, "revoked": 10}
"""Of a hundred requests."""
TURNS = 400
"""After so many the mix begins again."""
LOGIN, LOGOUT = "/api/v1/login", "/api/v1/logout"
_JSON = (("Content-Type", verify.JSON),)
_RIGHT = {HTTPStatus.CREATED, HTTPStatus.ACCEPTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One request of the mix, and what it is to the judge."""

    what: What
    request: Request
    user_id: int = 0
    item_id: int = 0
    quantity: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """All parts, and the order in which they are asked."""

    parts: tuple[Part, ...]
    turns: tuple[int, ...]
    prefix: str
    """Begins every Idempotency-Key."""

    @property
    def workload(self) -> Workload:
        """The same for the load generator."""
        return Workload(name="break", requests=tuple(part.request for part in self.parts), turns=self.turns)


def draw(*, seed: int, prefix: str, tokens: Mapping[int, str]) -> Mix:
    """A mix for users who have signed in; `tokens` is user → token, of those who have signed out, too."""
    random = Random(seed)  # noqa: S311 - to be repeated, not to be secret
    parts = [
        *(_item(item) for item in range(1, ITEMS + 1)),
        *(_user(user, tokens, what="user") for user in USERS),
        _page(tokens),
        *(_order(user, tokens, prefix, random) for user in USERS for _ in range(ORDERS_EACH)),
        *(_user(user, tokens, what="revoked") for user in SIGNED_OUT),
    ]
    places = {what: [place for place, part in enumerate(parts) if part.what == what] for what in SHARES}
    kinds = random.choices([*SHARES], weights=[*SHARES.values()], k=TURNS)
    turns = tuple(random.choice(places[what]) for what in kinds)
    return Mix(parts=tuple(parts), turns=turns, prefix=prefix)


def _bearer(user: int, tokens: Mapping[int, str]) -> tuple[str, str]:
    return ("Authorization", f"Bearer {tokens[user]}")


def _item(item: int) -> Part:
    return Part(what="item", request=Request(path=f"/api/v1/items/{item}", content_type=verify.JSON), item_id=item)


def _user(user: int, tokens: Mapping[int, str], *, what: What) -> Part:
    statuses = (HTTPStatus.UNAUTHORIZED.value,) if what == "revoked" else (HTTPStatus.OK.value,)
    request = Request(path=f"/api/v1/users/{user}", headers=(_bearer(user, tokens),), statuses=statuses)
    return Part(what=what, request=request, user_id=user)


def _page(tokens: Mapping[int, str]) -> Part:
    request = Request(path="/api/v1/users?limit=20", headers=(_bearer(ADMIN, tokens),))
    return Part(what="page", request=request, user_id=ADMIN)


def _order(user: int, tokens: Mapping[int, str], prefix: str, random: Random) -> Part:
    item, quantity = random.randint(1, ITEMS), random.randint(1, MOST_PIECES)
    request = Request(
        method="POST",
        path="/api/v1/orders",
        headers=(_bearer(user, tokens), ("Idempotency-Key", prefix + UNIQUE), *_JSON),
        sent=f'{{"item_id":{item},"quantity":{quantity}}}',
        statuses=tuple(sorted(status.value for status in _RIGHT)),
    )
    return Part(what="order", request=request, user_id=user, item_id=item, quantity=quantity)


def sign_in(url: str) -> dict[int, str]:
    """Tokens of all users of a mix; those of `SIGNED_OUT` have been given back already. Raises Unhealthy."""
    users = (*USERS, ADMIN, *SIGNED_OUT)
    accounts = Workload(name="", requests=(), sign_in=SignIn(path=LOGIN, bodies=tuple(map(credentials, users))))
    tokens = dict(zip(users, signing.signed_in(url, accounts).tokens, strict=True))
    with verify.loopback_session() as session:
        for user in SIGNED_OUT:
            _sign_out(session, url, tokens[user])
    return tokens


def credentials(user: int) -> str:
    """The body of a login."""
    return f'{{"email":"user{user:05}@example.org","password":"{PASSWORD}"}}'


def _sign_out(session: requests.Session, url: str, token: str) -> None:
    try:
        answer = session.post(
            url + LOGOUT, headers={"Authorization": f"Bearer {token}"}, timeout=verify.ANSWER_TIMEOUT_S
        )
    except requests.RequestException as error:
        raise Unhealthy(f"nobody can sign out: {type(error).__name__}", where=url) from None
    if answer.status_code != HTTPStatus.NO_CONTENT:
        raise Unhealthy(f"nobody can sign out: status {answer.status_code}", where=url)

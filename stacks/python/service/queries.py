"""What Postgres is asked: statements made once, with names for what each request puts in."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Integer, Text, bindparam, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import joinedload

from service.models import Item, Order, Profile, User

if TYPE_CHECKING:  # the worker takes no bodies, and starts sooner without pydantic
    from service.schemas import NewUser, UserReplacement

# Postgres cannot be asked: it is gone, it starts, or no connection came free. The answer is 503.
POSTGRES_DOWN = (OperationalError, InterfaceError, PoolTimeout)

# Writes name the tables: the classes would have SQLAlchemy look after objects that no session has.
_USERS, _PROFILES, _ITEMS, _ORDERS = (table.__table__ for table in (User, Profile, Item, Order))

_ID: Any = bindparam("id", type_=BigInteger)
_EMAIL: Any = bindparam("email", type_=Text(collation="C"))

ANSWERS = text("SELECT 1")

# A user with his profile in one question; a page of them likewise.
USER = select(User).options(joinedload(User.profile)).where(User.id == _ID)
USERS = (
    select(User)
    .options(joinedload(User.profile))
    .where(User.id > bindparam("after", type_=BigInteger))
    .order_by(User.id)
    .limit(bindparam("limit", type_=BigInteger))
)
# The collation again: a parameter has that of the database, where lower() knows É.
SIGN_IN = select(User.id, User.role, User.password_hash).where(
    func.lower(User.email) == func.lower(_EMAIL.collate("C"))
)
ROLE = select(User.role).where(User.id == _ID)
DELETE_USER = delete(_USERS).where(_USERS.c.id == _ID).returning(_USERS.c.id)

ITEM = select(Item).where(Item.id == _ID)
# Who waits for the item's row itself starts over whenever it has changed, and may be overtaken for ever: two hundred
# orders of five items made one wait 30 s. The advisory lock has a queue in which everybody keeps his place.
# Not FOR UPDATE: every new order's foreign key holds a lock on its item that FOR UPDATE waits for, and two orders
# would wait for each other. This one keeps orders of an item apart all the same.
LOCK_ITEM = text(
    "WITH turn AS (SELECT pg_advisory_xact_lock(:id))"
    " SELECT stock FROM items, turn WHERE items.id = :id FOR NO KEY UPDATE OF items"
).bindparams(_ID)
LOWER_STOCK = (
    update(_ITEMS)
    .where(_ITEMS.c.id == bindparam("item_id", type_=BigInteger))
    .values(stock=_ITEMS.c.stock - bindparam("quantity", type_=BigInteger))
)

ORDER = select(Order).where(Order.id == _ID)
ORDER_OF_KEY = select(Order).where(Order.user_id == bindparam("user_id"), Order.idempotency_key == bindparam("key"))
# Waits where another request with the same key is under way; no row comes back if that one stood.
NEW_ORDER = (
    insert(_ORDERS)
    .values(
        user_id=bindparam("user_id", type_=BigInteger),
        item_id=bindparam("item_id", type_=BigInteger),
        quantity=bindparam("quantity", type_=Integer),
        idempotency_key=bindparam("key", type_=Text),
        mode=bindparam("mode", type_=Text),
        status="accepted",
        traceparent=bindparam("traceparent", type_=Text),
    )
    .on_conflict_do_nothing(index_elements=["user_id", "idempotency_key"])
    .returning(_ORDERS.c.id)
)
FINISH_ORDER = (
    update(_ORDERS)
    .where(_ORDERS.c.id == bindparam("order_id", type_=BigInteger))
    .values(status=bindparam("new_status", type_=Text), finished_at=func.clock_timestamp())
)
# Of the items with accepted orders the one whose oldest waits the longest, but for those that somebody else has the
# turn at: who waits for a hot item would be missing for all others. `heads` goes through the index from item to item.
# The filter of the last line locks, and so must see one row at a time, in this order: hence MATERIALIZED.
NEXT_ITEM = text(
    """
    WITH RECURSIVE heads AS (
        (SELECT item_id, id FROM orders WHERE status = 'accepted' ORDER BY item_id, id LIMIT 1)
        UNION ALL
        SELECT next.item_id, next.id FROM heads, LATERAL (
            SELECT item_id, id FROM orders WHERE status = 'accepted' AND item_id > heads.item_id
            ORDER BY item_id, id LIMIT 1
        ) AS next
    ), oldest AS MATERIALIZED (SELECT item_id FROM heads ORDER BY id)
    SELECT item_id FROM oldest WHERE pg_try_advisory_xact_lock(item_id) LIMIT 1
    """
)
# In a statement of its own, which sees what whoever had the turn before has committed.
NEXT_ORDER = (
    select(Order.id, Order.quantity, Order.created_at, Order.traceparent)
    .where(Order.item_id == bindparam("item_id", type_=BigInteger), Order.status == "accepted")
    .order_by(Order.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
WAKE_WORKERS = text("NOTIFY orders")
QUEUE = text(
    "SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)"
    " FROM orders WHERE status = 'accepted'"
)


def new_user(body: "NewUser", password_hash: str) -> User:
    """A user to be added to a session."""
    user = User(name=body.name, email=body.email, age=body.age, role="user", password_hash=password_hash)
    user.profile = _profile(body)
    return user


def replace_user(user_id: int, body: "UserReplacement") -> Any:
    """The statement that replaces a user's own fields; returns his role, or no row if there is no such user."""
    values = {"name": body.name, "email": body.email, "age": body.age}
    return update(_USERS).where(_USERS.c.id == user_id).values(values).returning(_USERS.c.role)


def replace_profile(user_id: int, body: "UserReplacement") -> Any:
    """The statement that makes a user's profile what the body says, whether there was one or not."""
    if body.profile is None:
        return delete(_PROFILES).where(_PROFILES.c.user_id == user_id)
    values = {"bio": body.profile.bio, "city": body.profile.city}
    return (
        insert(_PROFILES)
        .values(user_id=user_id, **values)
        .on_conflict_do_update(index_elements=["user_id"], set_=values)
    )


def replaced_user(user_id: int, role: str, body: "UserReplacement") -> User:
    """The user that the two statements above have left, without asking again."""
    user = User(id=user_id, name=body.name, email=body.email, age=body.age, role=role)
    user.profile = _profile(body)
    return user


def _profile(body: "UserReplacement") -> Profile | None:
    return Profile(bio=body.profile.bio, city=body.profile.city) if body.profile else None

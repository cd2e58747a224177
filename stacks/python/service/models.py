"""The tables, as typed classes. The migrations make them; these only use them."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, Integer, Text, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """What all tables have in common."""

    type_annotation_map = {str: Text, int: BigInteger, datetime: DateTime(timezone=True)}  # noqa: RUF012 - SQLAlchemy's way


class User(Base):
    """Somebody who can sign in."""

    __tablename__ = "users"
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(Text(collation="C"))  # there, lower() changes A to Z and no other letter
    age: Mapped[int] = mapped_column(Integer)
    role: Mapped[str] = mapped_column(default="user")
    password_hash: Mapped[str] = mapped_column(deferred=True)
    # `raise`: a profile that a statement did not ask for is a mistake, not one more question for each user (N+1).
    profile: Mapped["Profile | None"] = relationship(lazy="raise", cascade="all")


class Profile(Base):
    """What a user tells about himself; not everybody does."""

    __tablename__ = "profiles"
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    bio: Mapped[str]
    city: Mapped[str]


class Item(Base):
    """Something that can be ordered."""

    __tablename__ = "items"
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[str]
    price_cents: Mapped[int] = mapped_column(Integer)
    initial_stock: Mapped[int]
    stock: Mapped[int]


class Order(Base):
    """An order, and in async mode the message to the worker as well."""

    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    quantity: Mapped[int] = mapped_column(Integer)
    idempotency_key: Mapped[str]
    mode: Mapped[str]
    status: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
    traceparent: Mapped[str | None] = mapped_column(deferred=True)

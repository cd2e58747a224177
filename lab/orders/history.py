"""What the clients of a check know: each order that they sent, how often, and what they were told of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """The answer that ended an order's retries: 201 or 202, and what its body said."""

    status_code: int
    order_id: int
    item_id: int
    quantity: int
    replayed: bool
    """Whether the answer says that an earlier request with the same key had made the order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentOrder:
    """One order with its Idempotency-Key, from its first request to its last."""

    user_id: int
    key: str
    item_id: int
    quantity: int
    tries: int = 0
    acknowledged: Acknowledgement | None = None
    refused: int | None = None
    """The status of an answer that said no: 409, or one that should not have come. With neither it is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All that the clients of one check sent and were told."""

    orders: tuple[SentOrder, ...]
    failures: Mapping[str, int] = field(default_factory=Counter)
    """Kind → requests that failed and were repeated: a status, or the name of an exception."""

    @property
    def acknowledged(self) -> int:
        """Orders that the service has answered for."""
        return sum(order.acknowledged is not None for order in self.orders)

    @property
    def refused(self) -> int:
        """Orders that the service said no to."""
        return sum(order.refused is not None for order in self.orders)

    @property
    def retried(self) -> int:
        """Orders that took more than one request."""
        return sum(order.tries > 1 for order in self.orders)

    @property
    def replayed(self) -> int:
        """Orders that a lost answer had already acknowledged: sent again, they were found and not made twice."""
        return sum(order.acknowledged is not None and order.acknowledged.replayed for order in self.orders)

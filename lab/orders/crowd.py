"""Several clients at once, in threads, and the history that they write together."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from lab.orders.client import Client
from lab.orders.history import History, SentOrder

CLIENTS = 8
FIRST_USER = 2
"""The users from here on are no admins (each eleventh is): an order belongs to whoever sent it."""
ITEMS = (1, 2, 3, 4, 5, 99)
"""Five with plenty of stock, and one with three pieces: some orders must be refused, or rejected."""
MOST_PIECES = 3
LONGEST_PAUSE_S = 0.3
"""Between the orders of one client: the worker should nearly keep up, or a check ends with a long wait for it."""


class Crowd:
    """Clients that order until they are told to stop."""

    def __init__(self, url: str, *, prefix: str, seed: int) -> None:
        self._prefix = prefix
        self._seed = seed
        self._lock = threading.Lock()
        self._orders: list[SentOrder] = []
        self._failures: Counter[str] = Counter()
        self._hurry = threading.Event()
        self._stop = threading.Event()
        self._abandon = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=(url, number), name=f"client {number}", daemon=True)
            for number in range(CLIENTS)
        ]

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Send orders for the length of the block; at its end each client brings its last order to an end.

        Where the block ends in an exception, nobody waits for that.
        """
        for thread in self._threads:
            thread.start()
        try:
            yield
        except BaseException:
            self._abandon.set()
            raise
        finally:
            self._stop.set()
            for thread in self._threads:
                thread.join()

    @contextmanager
    def in_a_hurry(self) -> Iterator[None]:
        """Order without rest for the length of the block."""
        self._hurry.set()
        try:
            yield
        finally:
            self._hurry.clear()

    @property
    def history(self) -> History:
        """What has been sent and told so far, without the orders that are still under way."""
        with self._lock:
            return History(orders=tuple(self._orders), failures=dict(self._failures))

    def _work(self, url: str, number: int) -> None:
        random = Random(f"{self._seed} {number}")  # noqa: S311 - to be repeated, not to be secret
        client = Client(url, user_id=FIRST_USER + number, failed=self._failed)
        sent = 0
        while not self._stop.wait(0 if self._hurry.is_set() else random.uniform(0, LONGEST_PAUSE_S)):
            sent += 1
            order = SentOrder(
                user_id=client.user_id,
                key=f"{self._prefix}{number}-{sent}",
                item_id=random.choice(ITEMS),
                quantity=random.randint(1, MOST_PIECES),
            )
            self._keep(client.bring_to_an_end(order, abandon=self._abandon))

    def _keep(self, order: SentOrder) -> None:
        with self._lock:
            self._orders.append(order)

    def _failed(self, kind: str) -> None:
        with self._lock:
            self._failures[kind] += 1

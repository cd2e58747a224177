"""`python -m service.worker`: finishes accepted orders.

The queue is the table of orders (docs/decisions/0022). Each thread takes an order in one transaction, which ends with
the order finished or, whatever happens to the worker, with the order as it was.
"""

import logging
import signal
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

import psycopg
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from service import logs, postgres, queries
from service.metrics import ORDERS
from service.settings import Settings
from service.spans import Spans, spans_of
from service.worker_probes import serve_probes

POLL_S = 1.0  # how long an order waits whose notification got lost
HEAR_S = 1.0  # between two looks whether there is anything left to hear
PAUSE_S = 0.5  # before Postgres is asked again when it did not answer
TEND_S = 1.0  # between two looks whether all threads are there
STOP_S = 1.0  # for transactions under way, of the 2 s that the container gets
_LOGGER = logging.getLogger("service")


class Worker:
    """Threads that finish orders, and one that hears of new ones."""

    def __init__(self, settings: Settings, engine: Engine, spans: Spans | None = None) -> None:
        self._settings = settings
        self._engine = engine
        self._spans = spans or Spans()
        self._stop = threading.Event()
        self._news = threading.Condition()
        self._heard = 0  # times; who looked before the last one looks again
        jobs: list[Callable[[_Hand], None]] = [self._listen, *[self._work] * settings.worker_concurrency]
        self._hands = [_Hand(job) for job in jobs]

    def start(self) -> list[threading.Thread]:
        """Starts them; they end soon after `stop`."""
        return [self._start(hand) for hand in self._hands]

    def tend(self) -> None:
        """Starts another thread in the place of each that ended: none of them should, but each is needed."""
        for hand in self._hands:
            if hand.thread is not None and not hand.thread.is_alive() and not self._stop.is_set():
                _LOGGER.error("a thread of the worker ended; another one takes its place")
                self._start(hand)

    def works(self) -> bool:
        """Whether all threads are there, and none has failed at the last that it tried."""
        return all(hand.thread is not None and hand.thread.is_alive() and not hand.failed for hand in self._hands)

    def stop(self) -> None:
        """No further orders; those in hand are given back."""
        self._stop.set()
        self._wake()

    def _start(self, hand: "_Hand") -> threading.Thread:
        hand.thread = threading.Thread(target=self._keep_on, args=(hand,), daemon=True)
        hand.thread.start()
        return hand.thread

    def _keep_on(self, hand: "_Hand") -> None:
        """Does the job again and again, whatever Postgres says."""
        while not self._stop.is_set():
            try:
                hand.job(hand)
            except (SQLAlchemyError, psycopg.Error) as error:
                hand.failed = True
                _LOGGER.warning("Postgres did not do what the worker asked for", exc_info=error)
                self._stop.wait(PAUSE_S)

    def _listen(self, hand: "_Hand") -> None:
        """Wakes the others whenever an order was made."""
        dsn = postgres.url(self._settings).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(dsn, autocommit=True, connect_timeout=postgres.CONNECT_TIMEOUT_S) as connection:
            connection.execute("LISTEN orders")
            hand.failed = False
            while not self._stop.is_set():
                for _ in connection.notifies(timeout=HEAR_S, stop_after=1):
                    self._wake()

    def _wake(self) -> None:
        with self._news:
            self._heard += 1
            self._news.notify_all()

    def _work(self, hand: "_Hand") -> None:
        """Finishes all orders that there are, then waits for more."""
        heard = self._heard
        while not self._stop.is_set() and self._finish_one():
            heard = self._heard
        hand.failed = False
        with self._news:
            self._news.wait_for(lambda: self._stop.is_set() or self._heard != heard, POLL_S)

    def _finish_one(self) -> bool:
        """Finishes the oldest order of an item that is free; says whether there may be more to do."""
        began_s = time.perf_counter()
        # The span of an order is the first to begin and so the last to end: the commit is in it.
        with ExitStack() as around, Session(self._engine) as session, session.begin():
            item_id = session.scalar(queries.NEXT_ITEM)
            if item_id is None:
                return False
            order = session.execute(queries.NEXT_ORDER, {"item_id": item_id}).first()
            if order is None:  # finished since
                return True
            around.enter_context(self._spans.of_order(order.created_at, order.traceparent))
            stock = session.scalar(queries.LOCK_ITEM, {"id": item_id}) or 0
            enough = stock >= order.quantity
            if enough:
                if self._stop.wait(self._settings.order_work_s):
                    session.rollback()
                    return False
                session.execute(queries.LOWER_STOCK, {"item_id": item_id, "quantity": order.quantity})
            outcome = "done" if enough else "rejected"
            session.execute(queries.FINISH_ORDER, {"order_id": order.id, "new_status": outcome})
        ORDERS.labels("async", outcome).inc()
        if self._settings.access_log:
            logs.order_line(order_id=order.id, status=outcome, duration_s=time.perf_counter() - began_s)
        return True


@dataclass(eq=False)
class _Hand:
    """A job, and the thread that does it."""

    job: "Callable[[_Hand], None]"
    thread: threading.Thread | None = None
    failed: bool = False


def main() -> None:
    """Works until SIGTERM or SIGINT."""
    settings = Settings.read()
    logs.configure(settings.app_env)
    postgres.require_postgres(settings)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    engine = postgres.engine(settings, settings.worker_concurrency + 1)  # one for the health check
    spans = spans_of(settings, "worker")
    spans.watch_postgres([engine])
    worker = Worker(settings, engine, spans)
    threads = worker.start()
    serve_probes(engine, worker.works)
    while not stop.wait(TEND_S):
        worker.tend()
    worker.stop()
    for thread in threads:
        thread.join(STOP_S / len(threads))


if __name__ == "__main__":
    main()

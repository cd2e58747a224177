"""`python -m service.worker`: finishes accepted orders.

The queue is the table of orders (docs/decisions/0022). Each thread takes an order in one transaction, which ends with
the order finished or, whatever happens to the worker, with the order as it was.
"""

import logging
import signal
import threading
from collections.abc import Callable

import psycopg
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from service import logs, postgres, queries
from service.metrics import ORDERS
from service.settings import Settings
from service.worker_probes import serve_probes

POLL_S = 1.0  # how long an order waits whose notification got lost
HEAR_S = 1.0  # between two looks whether there is anything left to hear
PAUSE_S = 0.5  # before Postgres is asked again when it did not answer
STOP_S = 1.0  # for transactions under way, of the 2 s that the container gets
_LOGGER = logging.getLogger("service")


class Worker:
    """Threads that finish orders, and one that hears of new ones."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self._settings = settings
        self._engine = engine
        self._stop = threading.Event()
        self._news = threading.Condition()
        self._heard = 0  # times; who looked before the last one looks again

    def start(self) -> list[threading.Thread]:
        """Starts them; they end soon after `stop`."""
        jobs: list[Callable[[], None]] = [self._listen, *[self._work] * self._settings.worker_concurrency]
        threads = [threading.Thread(target=self._keep_on, args=(job,), daemon=True) for job in jobs]
        for thread in threads:
            thread.start()
        return threads

    def stop(self) -> None:
        """No further orders; those in hand are given back."""
        self._stop.set()
        self._wake()

    def _keep_on(self, job: Callable[[], None]) -> None:
        """Does the job again and again, also after Postgres was away."""
        while not self._stop.is_set():
            try:
                job()
            except (*queries.POSTGRES_DOWN, psycopg.Error) as error:
                _LOGGER.warning("Postgres does not answer", exc_info=error)
                self._stop.wait(PAUSE_S)

    def _listen(self) -> None:
        """Wakes the others whenever an order was made."""
        dsn = postgres.url(self._settings).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(dsn, autocommit=True, connect_timeout=postgres.CONNECT_TIMEOUT_S) as connection:
            connection.execute("LISTEN orders")
            while not self._stop.is_set():
                for _ in connection.notifies(timeout=HEAR_S, stop_after=1):
                    self._wake()

    def _wake(self) -> None:
        with self._news:
            self._heard += 1
            self._news.notify_all()

    def _work(self) -> None:
        """Finishes all orders that there are, then waits for more."""
        heard = self._heard
        while not self._stop.is_set() and self._finish_one():
            heard = self._heard
        with self._news:
            self._news.wait_for(lambda: self._stop.is_set() or self._heard != heard, POLL_S)

    def _finish_one(self) -> bool:
        """Takes the oldest free order and finishes it; says whether there was one."""
        with Session(self._engine) as session, session.begin():
            order = session.execute(queries.NEXT_ORDER).first()
            if order is None:
                return False
            stock = session.scalar(queries.LOCK_ITEM, {"id": order.item_id}) or 0
            enough = stock >= order.quantity
            if enough:
                if self._stop.wait(self._settings.order_work_s):
                    session.rollback()
                    return False
                session.execute(queries.LOWER_STOCK, {"item_id": order.item_id, "quantity": order.quantity})
            outcome = "done" if enough else "rejected"
            session.execute(queries.FINISH_ORDER, {"order_id": order.id, "new_status": outcome})
        ORDERS.labels("async", outcome).inc()
        return True


def main() -> None:
    """Works until SIGTERM or SIGINT."""
    settings = Settings.read()
    logs.configure(settings.app_env)
    postgres.require_postgres(settings)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    engine = postgres.engine(settings, settings.worker_concurrency + 1)  # one for the health check
    worker = Worker(settings, engine)
    threads = worker.start()
    serve_probes(engine)
    stop.wait()
    worker.stop()
    for thread in threads:
        thread.join(STOP_S / len(threads))


if __name__ == "__main__":
    main()

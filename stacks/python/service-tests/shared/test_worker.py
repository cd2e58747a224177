"""The worker on the real table of orders."""

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from service.settings import Settings
from service.worker import Worker
from sqlalchemy import Engine, text

ITEM = 11
PATIENCE_S = 120


def order(engine: Engine, *, item_id: int = ITEM, quantity: int = 1) -> int:
    """A new accepted order, with the notification that the service sends."""
    with engine.begin() as connection:
        number = connection.scalar(
            text(
                "INSERT INTO orders (user_id, item_id, quantity, idempotency_key, mode, status) "
                "VALUES (1, :item_id, :quantity, :key, 'async', 'accepted') RETURNING id"
            ),
            {"item_id": item_id, "quantity": quantity, "key": uuid.uuid4().hex},
        )
        connection.execute(text("NOTIFY orders"))
    return int(number)


def status(engine: Engine, number: int) -> str:
    with engine.connect() as connection:
        return str(connection.scalar(text("SELECT status FROM orders WHERE id = :id"), {"id": number}))


def stock(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT stock FROM items WHERE id = :id"), {"id": ITEM}) or 0)


def eventually(true: Callable[[], bool]) -> None:
    """Wait until it is; fails where it never becomes so."""
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def listening(engine: Engine) -> bool:
    """Whether a worker hears of new orders."""
    heard = "SELECT count(*) FROM pg_stat_activity WHERE query = 'LISTEN orders' AND state = 'idle'"
    with engine.connect() as connection:
        return bool(connection.scalar(text(heard)))


def in_hand(engine: Engine, number: int) -> bool:
    """Whether a worker has the order."""
    with engine.begin() as connection:
        free = text("SELECT id FROM orders WHERE id = :id FOR UPDATE SKIP LOCKED")
        return connection.scalar(free, {"id": number}) is None


def ended(threads: list[threading.Thread]) -> None:
    """Wait until all threads have ended."""
    for thread in threads:
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


@pytest.fixture
def worker(settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """A worker that looks for orders when it is told of them: its own next look is an hour away."""
    monkeypatch.setattr("service.worker.POLL_S", 3600.0)
    monkeypatch.setattr("service.worker.HEAR_S", 0.1)
    made = Worker(replace(settings, order_work_s=0.01), engine)
    threads = made.start()
    eventually(lambda: listening(engine))
    yield made
    made.stop()
    ended(threads)


@pytest.mark.usefixtures("worker")
def test_an_order_is_finished_as_soon_as_it_is_told_and_lowers_the_stock_once(engine: Engine) -> None:
    before = stock(engine)
    number = order(engine, quantity=3)
    eventually(lambda: status(engine, number) == "done")
    assert stock(engine) == before - 3


@pytest.mark.usefixtures("worker")
def test_an_order_without_stock_is_rejected(engine: Engine) -> None:
    number = order(engine, item_id=100)
    eventually(lambda: status(engine, number) == "rejected")


@pytest.mark.usefixtures("worker")
def test_many_orders_are_each_applied_once(engine: Engine) -> None:
    before = stock(engine)
    numbers = [order(engine) for _ in range(30)]
    eventually(lambda: all(status(engine, number) == "done" for number in numbers))
    assert stock(engine) == before - 30


@pytest.mark.usefixtures("worker")
def test_a_worker_whose_connections_are_cut_goes_on(engine: Engine) -> None:
    with engine.connect() as connection:
        cut = "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE usename = 'lab'"  # waits 1 s for each
        connection.execute(text(cut + " AND pid <> pg_backend_pid()"))
    eventually(lambda: listening(engine))
    number = order(engine)
    eventually(lambda: status(engine, number) == "done")


def test_an_order_in_hand_is_given_back_when_the_worker_stops(settings: Settings, engine: Engine) -> None:
    slow = Worker(replace(settings, order_work_s=3600), engine)
    before = stock(engine)
    number = order(engine)
    threads = slow.start()
    eventually(lambda: in_hand(engine, number))
    slow.stop()
    ended(threads)
    assert status(engine, number) == "accepted"
    assert stock(engine) == before
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM orders WHERE id = :id"), {"id": number})


def test_the_worker_answers_probes_and_stops_soon_after_sigterm(engine: Engine) -> None:
    number = order(engine)
    process = subprocess.Popen([sys.executable, "-m", "service.worker"], env={**os.environ, "ORDER_WORK": "0.01"})
    try:
        eventually(lambda: status(engine, number) == "done")
        assert _get("/live") == (200, b"live")
        assert _get("/ready") == (200, b"ready")
        assert b'orders_total{mode="async",outcome="done"}' in _get("/metrics")[1]
    finally:
        process.send_signal(signal.SIGTERM)
    process.wait(PATIENCE_S)


def _get(path: str) -> tuple[int, bytes]:
    with urllib.request.urlopen(f"http://127.0.0.1:8080{path}", timeout=PATIENCE_S) as answer:
        return answer.status, answer.read()

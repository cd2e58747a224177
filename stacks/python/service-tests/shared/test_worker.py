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
from service import postgres
from service.settings import Settings
from service.worker import Worker
from sqlalchemy import Engine, text

ITEM, HOT_ITEM = 11, 12
PATIENCE_S = 60


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
    made.start()
    eventually(lambda: listening(engine))
    yield made
    made.stop()
    ended([hand.thread for hand in made._hands if hand.thread])


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
    cut(engine)
    eventually(lambda: listening(engine))
    number = order(engine)
    eventually(lambda: status(engine, number) == "done")


@pytest.mark.usefixtures("worker")
def test_orders_of_an_item_whose_turn_somebody_else_has_hold_up_no_others(engine: Engine) -> None:
    with engine.connect() as other:
        other.execute(text("SELECT pg_advisory_lock(:id)"), {"id": HOT_ITEM})
        hot = [order(engine, item_id=HOT_ITEM) for _ in range(8)]  # twice as many as there are threads
        number = order(engine)
        eventually(lambda: status(engine, number) == "done")
        assert {status(engine, each) for each in hot} == {"accepted"}
        other.execute(text("SELECT pg_advisory_unlock(:id)"), {"id": HOT_ITEM})
    order(engine, item_id=HOT_ITEM)  # wakes the worker
    eventually(lambda: {status(engine, each) for each in hot} == {"done"})


def cut(engine: Engine) -> None:
    """End all connections but the one that asks for it."""
    with engine.connect() as connection:
        others = "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE usename = 'lab'"
        connection.execute(text(others + " AND pid <> pg_backend_pid()"))


def run(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))


def test_a_database_that_may_only_be_read_ends_no_thread_and_is_told(worker: Worker, settings: Settings) -> None:
    writing = postgres.engine(settings, 1)  # one connection, which is of before and stays
    run(writing, "ALTER ROLE lab SET default_transaction_read_only = on")
    try:
        cut(writing)
        number = order(writing)
        eventually(lambda: not worker.works())
    finally:
        run(writing, "ALTER ROLE lab RESET default_transaction_read_only")
    cut(writing)
    eventually(worker.works)
    order(writing)
    eventually(lambda: status(writing, number) == "done")
    writing.dispose()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_ended_is_told_and_another_one_takes_its_place(
    worker: Worker, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("service.worker.Session", lambda _: 1 / 0)  # a mistake of ours, and none of Postgres
        order(engine)
        eventually(lambda: not any(hand.thread.is_alive() for hand in worker._hands[1:] if hand.thread))
        assert not worker.works()
    worker.tend()
    number = order(engine)
    eventually(lambda: status(engine, number) == "done")
    assert worker.works()


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
        connection.execute(text("UPDATE orders SET status = 'rejected' WHERE id = :id"), {"id": number})


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

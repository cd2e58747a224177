import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lab.orders.crowd import CLIENTS, Crowd

SEED = 3


class Shop(ThreadingHTTPServer):
    """A service that forgets to answer every third order that it makes, and counts what it was asked."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Till)
        self.lock = threading.Lock()
        self.orders: dict[str, int] = {}
        self.asked: Counter[str] = Counter()
        self.served = threading.Event()


class Till(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Shop

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.endswith("login"):
            self.answer(200, {"access_token": body["email"]})
            return
        key = self.headers["Idempotency-Key"]
        with self.server.lock:
            self.server.asked[key] += 1
            replayed = key in self.server.orders
            number = self.server.orders.setdefault(key, len(self.server.orders) + 1)
            if number > 3 * CLIENTS:
                self.server.served.set()
        if number % 3 == 0 and not replayed:
            self.close_connection = True
            return
        if body["item_id"] == 99:
            self.answer(409, {})
        else:
            self.answer(202, {"id": number, **body, "status": "accepted"}, replayed=replayed)

    def answer(self, status: int, body: dict[str, object], *, replayed: bool = False) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        if replayed:
            self.send_header("Idempotency-Replayed", "true")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the parent's
        pass


@contextmanager
def shop() -> Iterator[Shop]:
    server = Shop()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def url(server: Shop) -> str:
    return f"http://127.0.0.1:{server.server_port}"


def test_every_order_is_sent_with_its_key_until_it_is_answered() -> None:
    with shop() as server:
        crowd = Crowd(url(server), prefix="check-", seed=SEED)
        with crowd.at_work():
            assert server.served.wait(30)
        history = crowd.history
    assert {order.key: order.tries for order in history.orders} == dict(server.asked)
    assert all((order.acknowledged is None) != (order.refused is None) for order in history.orders)
    assert all(order.key.startswith("check-") for order in history.orders)
    for order in history.orders:
        if order.acknowledged is not None:
            assert order.acknowledged.order_id == server.orders[order.key]
            assert order.acknowledged.replayed == (order.tries > 1)
    assert history.retried == sum(history.failures.values()) == len(server.orders) // 3
    assert history.replayed > 0


def interrupt_once_something_failed(crowd: Crowd) -> None:
    with crowd.at_work():
        while not crowd.history.failures:
            time.sleep(0.01)
        raise KeyboardInterrupt


def test_nobody_waits_for_answers_when_the_check_is_broken_off() -> None:
    with shop() as server:
        nowhere = url(server)
    crowd = Crowd(nowhere, prefix="check-", seed=SEED)
    with pytest.raises(KeyboardInterrupt):
        interrupt_once_something_failed(crowd)
    assert all(order.acknowledged is None for order in crowd.history.orders)

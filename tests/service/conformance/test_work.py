"""The worker of the stacks whose orders are only accepted: what it is told to finish, it finishes."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.service.conformance.running import Service, eventually, held
from tests.service.conformance.test_items_and_orders import finished, order
from tests.service.stacks import PROXIED, parameters

# They are `async`.
pytestmark = pytest.mark.parametrize("service", parameters(PROXIED), indirect=True, scope="package")


def is_ready(service: Service) -> bool:
    return service.containers["worker"].exec_run(["ready"]).exit_code == 0


@contextmanager
def worker_with(service: Service, setting: str, value: str) -> Iterator[None]:
    """The worker's connections are new, with a setting of the role; afterwards all are new, without it."""
    worker = service.containers["worker"]
    (network,) = worker.attrs["NetworkSettings"]["Networks"].values()
    end = "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE usename = 'lab'"
    service.sql(f"ALTER ROLE lab SET {setting} = {value}")
    try:
        service.sql(f"{end} AND client_addr = '{network['IPAddress']}'")
        yield
    finally:
        service.sql(f"ALTER ROLE lab RESET {setting}")
        service.sql(end)  # those of the app too: it may have opened some meanwhile


def test_orders_of_a_hot_item_hold_up_no_others(service: Service) -> None:
    with held(service, 14):
        hot = [order(service, item=14, quantity=1) for _ in range(8)]  # twice as many as the worker has in hand
        assert finished(service, order(service, item=15, quantity=1)) == "done"
        for placed in hot:
            assert service.as_admin("GET", placed.headers["Location"]).json()["status"] == "accepted"
    assert {finished(service, placed) for placed in hot} == {"done"}


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("default_transaction_read_only", "on"),
        ("idle_in_transaction_session_timeout", "20"),  # ms: less than an order takes
    ],
)
def test_a_worker_that_postgres_refuses_says_so_and_goes_on_when_it_does_not(
    service: Service, setting: str, value: str
) -> None:
    assert is_ready(service)
    with ExitStack() as held_back:
        held_back.enter_context(held(service, 16))
        placed = order(service, item=16, quantity=1)
        with worker_with(service, setting, value):
            held_back.close()
            eventually(lambda: not is_ready(service))
    eventually(lambda: is_ready(service))
    eventually(lambda: service.as_admin("GET", placed.headers["Location"]).status_code == 200)  # by a new connection
    assert finished(service, placed) == "done"

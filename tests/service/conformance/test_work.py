"""The worker of the stacks whose orders are only accepted: what it is told to finish, it finishes."""

import pytest

from tests.service.conformance.running import Service, eventually, held
from tests.service.conformance.test_items_and_orders import finished, order
from tests.service.stacks import SERVICE_STACKS, is_direct, parameters

# They are `async`.
PROXIED = [stack for stack in SERVICE_STACKS if not is_direct(stack)]
pytestmark = pytest.mark.parametrize("service", parameters(PROXIED), indirect=True, scope="package")


def is_ready(service: Service) -> bool:
    return service.containers["worker"].exec_run(["ready"]).exit_code == 0


def end_connections(service: Service) -> None:
    """End those of the worker: its next ones have the settings of now."""
    worker = service.containers["worker"]
    (network,) = worker.attrs["NetworkSettings"]["Networks"].values()
    its_own = f"client_addr = '{network['IPAddress']}'"
    service.sql(f"SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE {its_own}")


def test_orders_of_a_hot_item_hold_up_no_others(service: Service) -> None:
    with held(service, 14):
        hot = [order(service, item=14, quantity=1) for _ in range(8)]  # twice as many as the worker has in hand
        assert finished(service, order(service, item=15, quantity=1)) == "done"
        for placed in hot:
            assert service.as_admin("GET", placed.headers["Location"]).json()["status"] == "accepted"
    assert {finished(service, placed) for placed in hot} == {"done"}


def test_a_worker_that_cannot_write_says_so_and_goes_on_when_it_can(service: Service) -> None:
    assert is_ready(service)
    service.sql("ALTER ROLE lab SET default_transaction_read_only = on")
    end_connections(service)
    placed = order(service, item=16, quantity=1)  # by a connection of before
    try:
        eventually(lambda: not is_ready(service))
        assert service.as_admin("GET", placed.headers["Location"]).json()["status"] == "accepted"
    finally:
        service.sql("ALTER ROLE lab RESET default_transaction_read_only")
        end_connections(service)
    assert finished(service, placed) == "done"
    eventually(lambda: is_ready(service))


def test_a_worker_whose_transactions_are_ended_in_their_middle_goes_on(service: Service) -> None:
    service.sql("ALTER ROLE lab SET idle_in_transaction_session_timeout = 20")  # ms: less than an order takes
    end_connections(service)
    placed = order(service, item=17, quantity=1)
    try:
        eventually(lambda: not is_ready(service))
    finally:
        service.sql("ALTER ROLE lab RESET idle_in_transaction_session_timeout")
        end_connections(service)
    assert finished(service, placed) == "done"

"""Servers read their settings anew while an order is under way: it is finished by the process that has it."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from lab.faults.breaking import ground
from lab.faults.fault import Site
from lab.faults.kinds import reloaded
from tests.service.conformance.running import Service, eventually, locked
from tests.service.stacks import CATALOG

UNDER_WAY_S = 2.5
"""Longer than the second and a half that a container has for its end."""
WAITING = "SELECT count(*) FROM pg_locks WHERE relation = 'orders'::regclass AND NOT granted"


def test_a_reload_ends_no_order_that_is_under_way(service: Service) -> None:
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    order = {"item_id": 1, "quantity": 1}
    with ThreadPoolExecutor(1) as pool:
        with locked(service, "orders"):
            token = service.token(2, "user")
            under_way = pool.submit(service.ask, "POST", "/api/v1/orders", token=token, json=order, headers=headers)
            eventually(lambda: int(service.sql(WAITING)) > 0)
            for tier in reloaded.tiers(ground(CATALOG, CATALOG.stack(service.stack))):
                reloaded.inject(Site(tier=tier, containers=service.containers))
            time.sleep(UNDER_WAY_S)
        assert under_way.result().status_code in {201, 202}

"""Each service stack is brought up once, and asked everything before the next one is."""

from collections.abc import Iterator

import pytest

from lab.model import Deployment, Stack
from tests.contract.contract_deployed import deployed
from tests.service.conformance.running import Service, service_of
from tests.service.stacks import SERVICE_STACKS, is_direct, parameters, variant


def deployment(stack: Stack) -> Deployment:
    """Without Nginx as `sync` with the caches, with it as `async` without them: the code behind is the same."""
    name = variant(stack, mode="sync", cache="on") if is_direct(stack) else variant(stack, mode="async", cache="off")
    return Deployment(stack=stack.name, variant=name, pins="current")


@pytest.fixture(scope="package", params=parameters(SERVICE_STACKS))
def service(request: pytest.FixtureRequest, service_images: None) -> Iterator[Service]:
    stack: Stack = request.param
    with deployed(stack, deployment(stack)) as up:
        yield service_of(up)

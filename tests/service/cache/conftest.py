"""The implementations' stacks without Nginx, each brought up once, and applications beside them with other settings."""

from collections.abc import Iterator

import pytest

from lab.model import Deployment, Stack
from tests.contract.contract_deployed import deployed
from tests.service.conformance.running import Service, service_of
from tests.service.stacks import DIRECT, parameters, variant


@pytest.fixture(scope="package", params=parameters(DIRECT, "cache of {}"))
def stack(request: pytest.FixtureRequest, service_images: None) -> Stack:
    found: Stack = request.param
    return found


@pytest.fixture(scope="package")
def uncached(stack: Stack) -> Iterator[Service]:
    """The stack itself, which reads everything from Postgres."""
    name = variant(stack, mode="async", cache="off")
    with deployed(stack, Deployment(stack=stack.name, variant=name, pins="current")) as up:
        yield service_of(up)

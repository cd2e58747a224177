"""How the containers of a service stack run with plain Compose: what they see, what they may take, whom they reach."""

import pytest
from docker.errors import NotFound
from docker.models.containers import Container

from lab.engine.client import from_environment
from tests.service.conformance.running import SECRETS, Service, secret
from tests.service.stacks import CATALOG


def lasting(service: Service) -> dict[str, Container]:
    """Those that run for as long as the stack is up."""
    tiers = CATALOG.stack(service.stack).tiers
    return {name: container for name, container in service.containers.items() if name in tiers}


SEEN = {
    "app": SECRETS,
    "worker": SECRETS,
    "postgres": ("postgres_password",),
    "redis": ("redis_password",),
    "cache": ("redis_password",),
}


@pytest.mark.parametrize("tier", SEEN)
def test_a_container_sees_the_secrets_that_it_needs_and_no_others(service: Service, tier: str) -> None:
    for name in SECRETS:
        if name in SEEN[tier]:
            assert secret(service.containers[tier], name) == secret(service.app, name)
        else:
            with pytest.raises(NotFound):
                secret(service.containers[tier], name)


@pytest.mark.parametrize("tier", SEEN)
@pytest.mark.parametrize("role", ["owner", "watcher"])
def test_the_password_of_another_role_is_none_of_the_services_business(service: Service, role: str, tier: str) -> None:
    for folder in ("/run/lab", f"/run/lab-{role}"):
        if (tier, folder) == ("postgres", "/run/lab"):
            continue  # it checks that password
        with pytest.raises(NotFound):
            service.containers[tier].get_archive(f"{folder}/postgres_{role}_password")


def test_each_has_limits_and_a_crash_is_not_its_end(service: Service) -> None:
    for name, container in lasting(service).items():
        limits = container.attrs["HostConfig"]
        assert limits["Memory"] > 0, name
        assert {limit["Name"]: limit["Soft"] for limit in limits["Ulimits"]}["nofile"] == 16_384, name
        assert limits["RestartPolicy"]["Name"] == "on-failure", name


def test_nobody_has_a_way_out(service: Service) -> None:
    for name, container in lasting(service).items():
        for network in container.attrs["NetworkSettings"]["Networks"]:
            found = from_environment().networks.get(network).attrs
            masked = found["Options"].get("com.docker.network.bridge.enable_ip_masquerade")
            assert found["Internal"] or masked == "false", (name, network)

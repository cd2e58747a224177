"""One stack that is up, as a client and as an inspector of its containers see it."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import requests
from docker.models.containers import Container
from testcontainers.compose import DockerCompose

from lab.catalog import environment
from lab.engine.client import from_environment
from lab.host import ports
from lab.measure import verify
from lab.model import Deployment, Stack, Workload

SHORT_DELAYS_S = {"HEALTH_DELAY": "0.15", "IO_DELAY": "0.1"}
"""Other than the defaults, of which one is too long for a test."""
ANSWER_WITHIN_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """A deployment that is up: where it answers, and the containers that make it."""

    stack: Stack
    url: str
    settings: Mapping[str, str]
    containers: Mapping[str, Container]
    """Service → its container."""

    @property
    def tiers(self) -> Mapping[str, Container]:
        """The containers that run for as long as the stack is up."""
        return {service: self.containers[service] for service in self.stack.tiers}

    def ask(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, body: str | None = None
    ) -> requests.Response:
        """The answer to one request on a connection of its own."""
        with verify.loopback_session() as session:
            return session.request(method, self.url + path, headers=headers, data=body, timeout=ANSWER_WITHIN_S)

    def delay_s(self, workload: Workload) -> float:
        """How long the handler of a workload was told to sleep."""
        if workload.delay_setting is None or not dict(workload.delay_when).items() <= self.settings.items():
            return 0
        return float(self.settings.get(workload.delay_setting, workload.delay_s))


@contextmanager
def deployed(stack: Stack, deployment: Deployment) -> Iterator[Deployed]:
    """Bring a stack up with plain Compose, on a port that the engine chooses; take it down in any case."""
    settings = {**SHORT_DELAYS_S, **environment(stack, deployment)}
    project = f"contract-{deployment.slug}-{uuid.uuid4().hex[:8]}"
    with pytest.MonkeyPatch.context() as patch:
        # Compose reads its settings from the environment, at every call: also at those that stop and remove.
        for name, value in {**settings, "LAB_PORT": "0", "COMPOSE_PROJECT_NAME": project}.items():
            patch.setenv(name, value)
        with DockerCompose(context=stack.path.parent, compose_file_name=stack.path.name):
            containers = _containers(project)
            published = containers[stack.entry.service].ports[f"{stack.entry.port}/tcp"]
            assert published
            yield Deployed(
                stack=stack,
                url=ports.url(int(published[0]["HostPort"]), stack.entry.scheme),
                settings=settings,
                containers=containers,
            )


def _containers(project: str) -> dict[str, Container]:
    client = from_environment()
    wanted: dict[str, str | list[str] | bool] = {"label": f"com.docker.compose.project={project}"}
    found = client.containers.list(all=True, ignore_removed=True, filters=wanted)
    return {container.labels["com.docker.compose.service"]: container for container in found}


def is_internal(network: str) -> bool:
    """Whether a network has no way out; `none` is Docker's word for no network at all."""
    if network == "none":
        return True
    attributes: Mapping[str, object] = from_environment().networks.get(network).attrs
    return attributes["Internal"] is True

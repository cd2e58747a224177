"""An engine that has what a test says, and Compose calls that are only written down."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest
from docker import DockerClient
from docker.errors import ImageNotFound

from lab.deploy import at_hand, compose, stack_up
from lab.deploy.compose import Project
from lab.engine import images, inventory, probe
from lab.engine.inventory import Running


def make_running(**changes: Any) -> Running:
    given: dict[str, Any] = {
        "project": "lab-plain",
        "stack": "plain",
        "target": "plain@default",
        "session": "up-20260101-000000-abcdef",
        "services": {"app": "running"},
        "port": 8080,
        "scheme": "http",
    }
    return Running(**given | changes)


def no_image(name: str) -> None:
    raise ImageNotFound(name)


class FakeDeploying:
    """What is up, what was done, and what `up` meets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.up: list[Running] = []
        self.done: list[str] = []
        self.revived: list[str] = []
        self.meets: Callable[[str], None] = lambda _project: None
        client = cast(
            DockerClient, SimpleNamespace(networks=SimpleNamespace(list=list), images=SimpleNamespace(get=no_image))
        )

        @contextmanager
        def connect() -> Iterator[DockerClient]:
            yield client

        @contextmanager
        def start(project: Project) -> Iterator[None]:
            self.done.append(f"up {project.name}")
            yield

        def finish(project: Project, _process: None) -> None:
            self.done.append(f"wait for {project.name}")
            self.meets(project.name)

        def no_services(_project: Project) -> Mapping[str, Any]:
            return {"services": {}}

        self.connect = connect
        for module in (at_hand, stack_up):
            monkeypatch.setattr(module, "connect", connect)
        monkeypatch.setattr(probe, "require", lambda: None)
        monkeypatch.setattr(inventory, "projects", lambda _client: self.up)
        monkeypatch.setattr(inventory, "reap", lambda _client: [])
        monkeypatch.setattr(inventory, "revive", lambda _client, project: self.revived.append(project))
        monkeypatch.setattr(images, "missing", lambda _client, _targets: [])
        monkeypatch.setattr(compose, "config", no_services)
        monkeypatch.setattr(compose, "start", start)
        monkeypatch.setattr(compose, "finish", finish)
        monkeypatch.setattr(compose, "down", lambda project: self.done.append(f"down {project.name}"))

"""Fixtures of the end-to-end tests; what they return is made by `driving`."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from docker import DockerClient

from lab.engine.client import from_environment
from tests.e2e.course import Learner
from tests.e2e.driving import LAB, PATIENCE_S, ROOT, Lab, copy_project, has_left

STACKS = ("gin", "go-nethttp", "nginx-gunicorn-flask", "service-nginx-gunicorn-flask")


@pytest.fixture(scope="session", autouse=True)
def images() -> None:
    """The images that these tests use, as their sources are now: no test waits for a build."""
    wait = ("--pins", "current", "--wait", str(PATIENCE_S))
    subprocess.run([LAB, "build", *STACKS, *wait], cwd=ROOT, check=True, capture_output=True)


@pytest.fixture(scope="session")
def engine() -> Iterator[DockerClient]:
    client = from_environment()
    yield client
    client.close()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project folder of the test's own, that it may break."""
    return copy_project(tmp_path)


@pytest.fixture
def lab(project: Path, engine: DockerClient) -> Iterator[Lab]:
    """`lab` in a project folder of the test's own. Whatever the test leaves up goes."""
    command = Lab(root=project)
    yield command
    if has_left(engine):
        command("down", "--all")
        assert not has_left(engine)


@pytest.fixture
def learner(tmp_path: Path, engine: DockerClient) -> Iterator[Callable[[str], Learner]]:
    """Learners by their names; whatever the test leaves up goes, with the images that were built for them."""
    met: dict[str, Learner] = {}

    def named(name: str) -> Learner:
        return met.setdefault(name, Learner(lab=Lab(root=ROOT), workspace=tmp_path, name=name))

    yield named
    for one in met.values():
        one.ok("stop")
        for image in engine.images.list():
            for tag in (tag for tag in image.tags if tag.endswith(f"-{one.name}")):
                engine.images.remove(tag)

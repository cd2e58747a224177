"""Fixtures of the tests of projects that are somebody's own; what they return is made by `adopting`."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from docker import DockerClient

from lab.engine.client import from_environment
from tests.adopt.adopting import Own, own_copy
from tests.e2e.driving import LAB, PATIENCE_S, ROOT


@pytest.fixture(scope="session")
def images() -> None:
    """What the projects are made from: images that the lab builds anyway."""
    wait = ("--pins", "current", "--wait", str(PATIENCE_S))
    subprocess.run(
        [LAB, "build", "gunicorn-wsgi", "gunicorn-flask", "nginx-gin", *wait], cwd=ROOT, check=True, capture_output=True
    )


@pytest.fixture
def engine(images: None) -> Iterator[DockerClient]:
    client = from_environment()
    yield client
    client.close()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Callable[[str], Own]]:
    """Copies of projects; whatever a test leaves up goes, the owner's containers and volumes with it."""
    made: list[Own] = []

    def make(name: str) -> Own:
        made.append(own_copy(name, tmp_path / f"{name}-{tmp_path.name[-12:]}"))
        return made[-1]

    yield make
    for project in made:
        project.remove()

"""Fixtures of the end-to-end tests; what they return is made by `driving`."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker import DockerClient

from lab.engine.client import from_environment
from tests.e2e.driving import LAB, PATIENCE_S, ROOT, Lab, copy_project, labelled

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
    command("down", "--all")
    assert labelled(engine) == []

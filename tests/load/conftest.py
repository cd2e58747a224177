"""The load container, with a server beside its tools in the same container: nothing leaves its loopback."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from docker.models.containers import Container

from lab.engine.client import from_environment

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def load_image() -> str:
    """The image of the load container as its sources are now; what has not changed comes from the cache."""
    compose = ["docker", "compose", "--file", str(ROOT / "compose/load.yaml")]
    subprocess.run([*compose, "build", "--quiet"], check=True, capture_output=True)
    images = subprocess.run([*compose, "config", "--images"], check=True, capture_output=True, text=True)
    return images.stdout.strip()


@contextmanager
def container_with(image: str, server: Path, *arguments: str) -> Iterator[Container]:
    """A load container in which a server runs; both are gone after the block."""
    client = from_environment()
    container = client.containers.run(
        image,
        ["python3", f"/tests/{server.name}", *arguments],
        detach=True,
        network_mode="none",
        volumes={str(server.parent): {"bind": "/tests", "mode": "ro"}},
    )
    try:
        yield container
    finally:
        container.remove(force=True)
        client.close()

"""What the tests of Nginx share: the images, and one deployment that goes through most confs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.nginx.nginx_deployed import Deployed, build, deployed

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One test process asks Nginx: its network has a fixed address, which two could not both have."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.xdist_group("nginx"))


@pytest.fixture(scope="session")
def images() -> None:
    build()


@pytest.fixture(scope="session")
def told(images: None) -> Iterator[Deployed]:
    """Nginx in front of an app that answers what it was told. Each module says which conf it wants."""
    with deployed(Path(__file__).with_name("told.yaml")) as up:
        yield up

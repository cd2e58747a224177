"""What the tests of Nginx share: the images, and one deployment that goes through most confs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.nginx.nginx_deployed import Deployed, build, deployed


@pytest.fixture(scope="session")
def images() -> None:
    build()


@pytest.fixture(scope="session")
def told(images: None) -> Iterator[Deployed]:
    """Nginx in front of an app that answers what it was told. Each module says which conf it wants."""
    with deployed(Path(__file__).with_name("told.yaml")) as up:
        yield up

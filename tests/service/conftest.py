"""What the tests of the service share: images that are as new as their sources."""

import os
import subprocess

import pytest

from tests.service.stacks import CATALOG

BAKED = ("service-parts.yaml", "parts.yaml")
"""Where the images come from; of the second one only Nginx is needed."""


@pytest.fixture(scope="session")
def service_images() -> None:
    """Make the images anew where their sources changed: `up` alone only builds those that are missing."""
    for file in BAKED:
        targets = ["nginx"] if file == "parts.yaml" else []
        subprocess.run(
            ["docker", "buildx", "bake", "--file", file, *targets],
            cwd=CATALOG.root / "compose",
            env={**os.environ, "LAB_PINS": "current"},
            check=True,
        )

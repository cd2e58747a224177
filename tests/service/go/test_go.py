"""The unit tests of the service in Gin, by Go's own tools and with its race detector, beside real stores."""

import subprocess
import uuid
from collections.abc import Iterator

import pytest

from tests.service.stacks import CATALOG

pytestmark = pytest.mark.xdist_group("service-go")

PARTS = CATALOG.root / "compose" / "service-parts.yaml"
CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
IMAGE = "lab/go-service-tests:current"
LONGEST_S = 600
"""Compiling everything with the race detector, where nothing is in the cache."""


def run(*command: str) -> None:
    """Run a command at the root of the project; fails with what it printed."""
    done = subprocess.run(
        command, cwd=CATALOG.root, check=False, timeout=LONGEST_S,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    if done.returncode:
        pytest.fail(f"{' '.join(command)}\n{done.stdout}", pytrace=False)


@pytest.fixture
def project(service_images: None) -> Iterator[str]:
    """Postgres, migrated and seeded, and Redis, as a Compose project: its name. Gone afterwards, data included."""
    name = f"go-{uuid.uuid4().hex[:8]}"
    compose = ("docker", "compose", "--project-name", name, "--file", str(PARTS))
    try:
        run(*compose, "up", "--detach", "--wait", "postgres", "redis")
        run(*compose, "run", "--rm", "migrate")
        yield name
    finally:
        run(*compose, "down", "--volumes", "--timeout", "2")


def test_the_service_in_gin_is_vetted_and_passes_its_unit_tests_without_a_race(project: str) -> None:
    run(
        "docker", "build", "--quiet", "--file", "stacks/go/Dockerfile", "--target", "test", "--tag", IMAGE,
        "--build-arg", "APP=service", "--build-arg", "MODULE=stacks/go/service",
        "--secret", f"id=ca,src={CA_BUNDLE}", ".",
    )  # fmt: skip
    run(
        "docker", "run", "--rm", "--init", "--network", f"{project}_back", "--volume", f"{project}_secrets:/run/lab:ro",
        IMAGE,
    )  # fmt: skip

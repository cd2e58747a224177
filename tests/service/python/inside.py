"""The unit tests of the Python services, run by their own pytest in their own image beside real stores."""

import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from tests.service.stacks import CATALOG

PARTS = CATALOG.root / "compose" / "service-parts.yaml"
CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
LONGEST_S = 240


def run_tests(app: str, folders: list[str]) -> None:
    """Run these folders of stacks/python/service-tests in the image of an application; fails with what pytest said."""
    image = f"lab/python-{app}-tests:current"
    _run(
        ["docker", "build", "--quiet", "--target", "test", "--build-arg", f"APP={app}", "--tag", image,
         "--secret", f"id=ca,src={CA_BUNDLE}", "--file", "stacks/python/Dockerfile", "."]
    )  # fmt: skip
    with _stores() as project:
        place = ["--network", f"{project}_back", "--volume", f"{project}_secrets:/run/lab:ro"]
        _run(["docker", "run", "--rm", "--init", *place, image, *(f"tests/{folder}" for folder in folders)])


@contextmanager
def _stores() -> Iterator[str]:
    """Postgres, migrated and seeded, and Redis, as a Compose project of their own: its name."""
    project = f"unit-{uuid.uuid4().hex[:8]}"
    compose = ["docker", "compose", "--project-name", project, "--file", str(PARTS)]
    try:
        _run([*compose, "up", "--detach", "--wait", "postgres", "redis"])
        _run([*compose, "run", "--rm", "migrate"])
        yield project
    finally:
        _run([*compose, "down", "--volumes", "--timeout", "2"])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, cwd=CATALOG.root, check=False, capture_output=True, text=True, timeout=LONGEST_S)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"

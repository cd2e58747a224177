"""Each implementation's unit tests, by its own tools, in its own image and beside a real Postgres and Redis."""

import subprocess
from dataclasses import dataclass

import pytest

from tests.service.ground import ground
from tests.service.stacks import CATALOG

CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
LONGEST_S = 1700
"""Go compiles everything with its race detector, where nothing is in the cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """The tests of an image: its stage `test` runs them."""

    name: str
    dockerfile: str
    arguments: tuple[str, ...]
    folders: tuple[str, ...] = ()

    @property
    def image(self) -> str:
        """What the stage is called at the engine."""
        return f"lab/{self.name}-tests:current"


SUITES = (
    Suite(
        name="python-service-flask",
        dockerfile="stacks/python/Dockerfile",
        arguments=("APP=service-flask",),
        folders=("tests/shared", "tests/flask"),
    ),
    Suite(
        name="python-service-fastapi",
        dockerfile="stacks/python/Dockerfile",
        arguments=("APP=service-fastapi",),
        folders=("tests/fastapi",),
    ),
    Suite(  # go vet and go test -race
        name="go-service", dockerfile="stacks/go/Dockerfile", arguments=("APP=service", "MODULE=stacks/go/service")
    ),
)


@pytest.mark.timeout(LONGEST_S)
@pytest.mark.usefixtures("service_images")
@pytest.mark.parametrize(
    "suite", [pytest.param(suite, id=suite.name, marks=pytest.mark.xdist_group(suite.name)) for suite in SUITES]
)
def test_a_service_passes_its_unit_tests(suite: Suite) -> None:
    arguments = [f"--build-arg={argument}" for argument in suite.arguments]
    secret = f"--secret=id=ca,src={CA_BUNDLE}"
    run("docker", "build", "--file", suite.dockerfile, "--target=test", "--tag", suite.image, *arguments, secret, ".")
    with ground("units") as stores:
        place = ("--network", stores.network, "--volume", f"{stores.secrets}:/run/lab:ro")
        run("docker", "run", "--rm", "--init", *place, suite.image, *suite.folders)


def run(*command: str) -> None:
    """Run a command at the root of the project; fails with what it printed."""
    done = subprocess.run(
        command,
        cwd=CATALOG.root,
        check=False,
        timeout=LONGEST_S,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        pytest.fail(f"{' '.join(command)}\n{done.stdout}", pytrace=False)

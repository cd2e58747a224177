"""The package that Flask and FastAPI share, the worker, and the service in Flask, each by its unit tests."""

import pytest

from tests.service.python.inside import run_tests

pytestmark = pytest.mark.xdist_group("service-python-flask")


@pytest.mark.usefixtures("service_images")
def test_the_shared_package_the_worker_and_the_flask_service_pass_their_unit_tests() -> None:
    run_tests("service-flask", ["shared", "flask"])

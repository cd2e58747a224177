"""The service in FastAPI by its unit tests."""

import pytest

from tests.service.python.inside import run_tests

pytestmark = pytest.mark.xdist_group("service-python-fastapi")


@pytest.mark.usefixtures("service_images")
def test_the_fastapi_service_passes_its_unit_tests() -> None:
    run_tests("service-fastapi", ["fastapi"])

import pytest
from docker import DockerClient

from tests.e2e.driving import Lab
from tests.e2e.test_killed import survives

pytestmark = pytest.mark.timeout(7200)


def test_two_hundred_kills_lose_no_sample_and_leave_nothing_behind(lab: Lab, engine: DockerClient) -> None:
    survives(lab, engine, kills=200, longest_s=5.0)

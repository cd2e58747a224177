"""pace's own unit tests, by Go's tools and with its race detector."""

import pytest

from tests.load.images import LONGEST_S, built, run


@pytest.mark.timeout(LONGEST_S)
@pytest.mark.xdist_group("pace-units")
def test_pace_passes_its_unit_tests() -> None:
    image = built("lab/load-units:current", "--target=test")
    run("docker", "run", "--rm", "--init", "--network=none", image)

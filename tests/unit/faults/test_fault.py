from typing import cast

import pytest
from docker.models.containers import Container

from lab.deploy.override import Beside
from lab.errors import LabError
from lab.faults import fault
from lab.faults.kinds import FAULTS
from tests.unit.faults.faults_fakes import FakeContainer, make_ground, make_site

GROUND = make_ground()


def test_a_tier_is_found_by_each_part_of_what_it_is() -> None:
    assert GROUND.being("gunicorn", "redis") == ["app", "redis", "cache"]
    assert GROUND.being("flask") == ["app"]
    assert GROUND.being("gun") == []


def test_the_volume_of_a_tier_is_the_one_that_it_may_write_to() -> None:
    assert GROUND.volume("postgres") == ("pgdata", "/var/lib/data")
    assert GROUND.volume("redis") is None


def test_a_site_knows_the_container_of_its_tier() -> None:
    site, app = make_site("app", other=FakeContainer("other"))
    assert site.container is cast(Container, app)


def test_most_faults_need_nothing_in_the_project() -> None:
    needing = {name for name, one in FAULTS.items() if one.beside(GROUND, "postgres") != Beside()}
    assert needing == {"slow", "disk-full"}


def test_a_script_that_fails_is_told_with_what_it_said() -> None:
    container = FakeContainer("redis", said="no such key\n")
    assert fault.run_inside(cast(Container, container), "true") == "no such key"
    container.exit_code = 1
    with pytest.raises(LabError) as caught:
        fault.run_inside(cast(Container, container), "false")
    assert caught.value.where == "false: no such key"

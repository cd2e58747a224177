"""What public projects are made of, each structure in a small project: adopted, brought up, asked, taken down."""

from collections.abc import Callable

import pytest
import requests
import yaml
from docker import DockerClient

from lab.engine.inventory import LABEL_SERVICE
from lab.host.session import LABEL_SESSION, LABEL_STACK
from tests.adopt.adopting import Own, address

pytestmark = pytest.mark.xdist_group("lab")

UP = ("up", ".", "--port", "0")
Make = Callable[[str], Own]


def answered(own: Own, *adopt: str) -> requests.Response:
    """What the project answers at its root, once it was adopted and is up."""
    own.ok("adopt", ".", *adopt)
    return requests.get(address(own.ok(*UP)), timeout=60)


def description(own: Own) -> dict[str, object]:
    found: dict[str, object] = yaml.safe_load((own.folder / "lab.yaml").read_text())
    return found


def running(engine: DockerClient, own: Own) -> dict[str, int]:
    """Service → how many containers the lab has of it."""
    stack = str(description(own)["name"])
    found: dict[str, int] = {}
    for one in engine.containers.list(
        ignore_removed=True, filters={"label": [LABEL_SESSION, f"{LABEL_STACK}={stack}"]}
    ):
        found[one.labels[LABEL_SERVICE]] = found.get(one.labels[LABEL_SERVICE], 0) + 1
    return found


def test_limits_give_way_and_two_containers_are_one_tier(engine: DockerClient, own: Make) -> None:
    shop = own("limits")
    assert answered(shop, "--entry", "app:8000").status_code == 200
    assert running(engine, shop) == {"app": 2}
    shop.ok("down", ".")
    assert running(engine, shop) == {}


def test_fixed_names_and_addresses_meet_nobody_and_the_entry_may_be_in_any_network(
    engine: DockerClient, own: Make
) -> None:
    shop = own("fixed")
    shop.compose("up", "--detach")
    assert answered(shop).status_code == 200
    assert running(engine, shop) == {"web": 1}
    assert requests.get("http://127.0.0.1:18473", timeout=60).status_code == 200


def test_services_of_a_profile_are_left_out_until_it_is_asked_for(engine: DockerClient, own: Make) -> None:
    shop = own("profiles")
    told = shop.ok("adopt", ".")
    assert "left out   services of the profiles debug" in told
    assert description(shop)["tiers"] == {"web": "python-wsgi"}
    shop.ok("adopt", ".", "--force", "--profile", "debug", "--entry", "web:8000")
    shop.ok(*UP)
    assert running(engine, shop) == {"web": 1, "debugger": 1}


def test_anchors_extends_and_include_are_composes_own(engine: DockerClient, own: Make) -> None:
    shop = own("pieces")
    assert answered(shop).status_code == 200
    assert running(engine, shop) == {"web": 1, "api": 1, "worker": 1}
    assert "PORT" in shop.ok("describe", ".")


def test_env_env_file_and_the_implicit_override_are_read(own: Make) -> None:
    assert answered(own("env")).text == "dotted filed"


def test_jobs_run_before_or_beside_and_the_start_may_take_its_time(own: Make) -> None:
    shop = own("jobs")
    page = answered(shop).text
    assert "migrated" in page
    # Who started last, a job that nobody waits for, has run by the time `up` ends.
    assert "seeded" in shop.ok("exec", ".", "web", "ls", "/data")


def test_services_that_are_only_built_are_built_under_names_of_the_labs(engine: DockerClient, own: Make) -> None:
    shop = own("builds")
    assert answered(shop).status_code == 200
    assert running(engine, shop) == {"web": 1, "other": 1}


def test_a_socket_on_a_volume_is_shared(own: Make) -> None:
    assert answered(own("socket")).text == "through the socket"


def test_of_several_published_ports_one_is_chosen(own: Make) -> None:
    shop = own("ports")
    asked = shop.lab("adopt", ".")
    assert asked.returncode == 2
    assert "2 published ports may be the entry: admin:9000, web:8000" in asked.stderr
    assert answered(shop, "--entry", "admin:9000").status_code == 200


def test_a_stack_that_does_not_bear_to_be_frozen_is_to_be_stopped_instead(own: Make) -> None:
    shop = own("frail")
    assert "is not frozen but stopped" in shop.ok("adopt", ".")
    assert description(shop)["pausable"] is False


def test_an_entry_that_never_answers_is_told_with_its_last_lines_and_leaves_nothing(
    engine: DockerClient, own: Make
) -> None:
    shop = own("silent")
    shop.ok("adopt", ".")
    shop.change(start_within_s=3)
    failed = shop.lab(*UP)
    assert failed.returncode == 4
    assert "here I stand" in failed.stderr
    assert "its entry does not answer" in failed.stderr
    assert running(engine, shop) == {}


@pytest.mark.parametrize(
    ("project", "words"),
    [
        ("refused", "prots is not allowed"),
        ("torn", "compose.yaml:5"),
        ("no-env-file", "secrets.env not found"),
        ("nothing", "there is no Compose file in"),
    ],
)
def test_what_compose_refuses_is_told_in_its_own_words_with_the_file(own: Make, project: str, words: str) -> None:
    shop = own(project)
    refused = shop.lab("adopt", ".")
    assert refused.returncode == 2
    assert words in refused.stderr
    assert str(shop.folder) in refused.stderr
    assert not (shop.folder / "lab.yaml").exists()


def test_a_file_that_is_there_is_kept_until_it_is_to_be_written_anew(own: Make) -> None:
    shop = own("profiles")
    (shop.folder / "lab.yaml").write_text("title: mine\n")
    assert shop.lab("adopt", ".").returncode == 2
    assert (shop.folder / "lab.yaml").read_text() == "title: mine\n"
    shop.ok("adopt", ".", "--force")
    assert description(shop)["title"] == "python-wsgi"

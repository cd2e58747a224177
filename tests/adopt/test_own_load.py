"""What a project's owner asks it with: sign-in, scripts, learned answers; three commands from a clone to a cause."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
import yaml
from docker import DockerClient

from tests.adopt.adopting import (
    FORM,
    JSON,
    PASSWORD,
    PROJECTS,
    SHORT,
    Own,
    address,
    describe,
    newest,
    remove_built,
    require_no_secret,
    require_served,
)
from tests.adopt.outside import REACH, outside

__all__ = ["outside"]

pytestmark = pytest.mark.xdist_group("lab")

Make = Callable[[str], Own]


def test_who_signs_in_is_asked_as_such_and_no_secret_is_kept(own: Make, engine: DockerClient) -> None:
    shop = own("flask")
    describe(shop, sign_in=FORM)
    told = shop.lab("check", ".")
    assert (told.returncode, told.stdout) == (2, "")
    assert "no value for SHOP_PASSWORD" in told.stderr
    (shop.folder / "shop.env").write_text(f"SHOP_PASSWORD={PASSWORD}\n")
    describe(shop, sign_in=JSON)
    done = shop.lab("bench", ".", *SHORT)
    require_served(done, newest(shop))
    require_no_secret(shop, [done])


def test_three_commands_lead_from_a_clone_to_what_holds_a_flask_project_back(
    own: Make, tmp_path: Path, engine: DockerClient
) -> None:
    upstream = tmp_path / "upstream"
    subprocess.run(["cp", "-r", PROJECTS / "flask", upstream], check=True)
    for words in (
        ("init", "--quiet"),
        ("add", "."),
        ("-c", "user.name=Ada", "-c", "user.email=ada@shop.invalid", "commit", "--quiet", "--message", "A shop"),
    ):
        subprocess.run(["git", *words], cwd=upstream, check=True)
    shop = own("nothing")
    name = f"shop-{shop.folder.name}"
    subprocess.run(["git", "clone", "--quiet", upstream, shop.folder / name], check=True)
    cloned = Own(folder=shop.folder / name)
    try:
        told = shop.ok("adopt", f"./{name}", "--learn", "--yes")
        assert "the body differs; keys of its JSON stay" in told
        (request,) = yaml.safe_load((cloned.folder / "lab.yaml").read_text())["requests"]["home"]
        assert request["answer"] == {"status": 200, "type": "application/json", "keys": ["at", "shop"]}
        assert "ok" in shop.ok("check", f"./{name}")
        why = shop.lab("why", f"./{name}", "--rate", "60", "--duration", "3", "--timeout", "2")
        assert why.returncode == 0, why.stderr
        assert "gave way first" in why.stdout
        assert "try next" in why.stdout
    finally:
        remove_built(cloned.folder)


def test_what_a_killed_run_left_does_not_keep_the_next_one_from_its_network(
    request: pytest.FixtureRequest,
) -> None:
    name = Path("/run/netns/lab-outside")
    name.parent.mkdir(exist_ok=True)
    name.touch()
    subprocess.run(["ip", "link", "add", "lab-out0", "type", "veth", "peer", "name", "lab-out1"], check=True)
    assert str(request.getfixturevalue("outside")).startswith("http://")


def test_the_way_out_is_cut_in_a_container(own: Make, outside: str, engine: DockerClient) -> None:
    shop = own("flask")
    reach = ["python", "-c", REACH, outside, "60"]
    others = engine.containers.run("lab/python-flask:current", reach, remove=True)
    assert others.decode().strip() == "200", "a container that the lab does not cut off reaches it"
    describe(shop, ready="/login")
    assert requests.get(address(shop.ok("up", ".", "--port", "0")) + "/login", timeout=60).status_code == 200
    assert shop.ok("exec", ".", "web", "python", "-c", REACH, outside, "1").strip() == "cut off"

"""What a project's owner asks it with: sign-in, scripts, learned answers; three commands from a clone to a cause."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from docker import DockerClient

from lab.catalog.projects import slug
from tests.adopt.adopting import PROJECTS, SHORT, Own, address
from tests.adopt.conftest import remove_built
from tests.e2e.driving import LAB, PATIENCE_S, ROOT

pytestmark = pytest.mark.xdist_group("lab")

Make = Callable[[str], Own]
PASSWORD = "open-sesame-7"
SECRETS = (PASSWORD, "cookie-of-ada-71", "token-of-ada-72")
"""Of tests/adopt/projects/flask/shop.py."""
ME = {"path": "/me", "answer": {"status": 200, "type": "application/json", "body": {"name": "ada"}}}
FORM = {"path": "/login", "form": {"password": "${SHOP_PASSWORD}"}}
JSON = {"path": "/token", "json": {"password": "${SHOP_PASSWORD}"}, "token": "data.token", "secrets": "shop.env"}
OUTSIDE, NEAR = "198.19.231.2", "198.19.231.1"
"""An address beyond this host, as a container sees it, and this host's own beside it."""


@pytest.fixture(scope="module", autouse=True)
def flask(images: None) -> None:
    """The image that the project is built from."""
    wait = ("--pins", "current", "--wait", str(PATIENCE_S))
    subprocess.run([LAB, "build", "gunicorn-flask", *wait], cwd=ROOT, check=True, capture_output=True)


def describe(shop: Own, **keys: Any) -> None:
    """Write a `lab.yaml` of few keys."""
    said = {
        "title": "gunicorn",
        "name": slug(shop.folder.name),
        "entry": {"service": "web", "port": 8000},
        "tiers": {"web": "gunicorn"},
        "memory": {"web": 1},
        "start_within_s": 120,
        "workloads": ["me"],
        "requests": {"me": [ME]},
    }
    (shop.folder / "lab.yaml").write_text(yaml.safe_dump(said | keys, sort_keys=False))


def newest(shop: Own) -> dict[str, Any]:
    """The one row of the newest run."""
    path = max((shop.folder / "results").glob("*/results.json"), key=lambda found: found.stat().st_mtime)
    (row,) = json.loads(path.read_text())["cells"]
    found: dict[str, Any] = row
    return found


def test_who_signs_in_is_asked_as_such_by_every_tool_and_no_secret_is_kept(own: Make, engine: DockerClient) -> None:
    shop = own("flask")
    describe(shop, sign_in=FORM)
    told = shop.lab("check", ".")
    assert (told.returncode, told.stdout) == (2, "")
    assert "no value for SHOP_PASSWORD" in told.stderr
    said = [shop.lab("bench", ".", *SHORT, SHOP_PASSWORD=PASSWORD)]
    by_wrk = newest(shop)
    (shop.folder / "shop.env").write_text(f"SHOP_PASSWORD={PASSWORD}\n")
    describe(shop, sign_in=JSON)
    said.append(shop.lab("check", "."))
    said.append(shop.lab("bench", ".", *SHORT[2:], "--rate", "20"))
    by_pace = newest(shop)
    for done in said:
        assert done.returncode in (0, 7), done.stderr
    for row in (by_wrk, by_pace):
        assert row["requests"] > 0
        assert (row["errors"]["status"], row["errors"]["body"]) == (0, 0)
    kept = [path.read_bytes() for path in (shop.folder / "results").rglob("*") if path.is_file()]
    kept += [(done.stdout + done.stderr).encode() for done in said]
    assert len(kept) > len(said)
    assert not [secret for secret in SECRETS for text in kept if secret.encode() in text]


def test_a_script_asks_unchanged_and_its_rows_say_who_has_checked_them(own: Make, engine: DockerClient) -> None:
    shop = own("flask")
    describe(
        shop,
        workloads=["lua", "people"],
        scripts={"lua": {"file": "load.lua"}, "people": {"file": "locustfile.py"}},
        requests={},
    )
    done = shop.lab("bench", ".", *SHORT)
    assert done.returncode == 7, done.stderr
    row = newest(shop)
    assert row["errors"]["status"] > row["requests"] // 2  # /me without a sign-in, and what is not there
    assert not row["valid"]
    done = shop.lab("bench", ".", *SHORT, "--workload", "people")
    assert done.returncode in (0, 7), done.stderr
    row = newest(shop)
    assert row["requests"] > 0
    assert row["errors"]["body"] == row["errors"]["status"] == 0
    assert "checked by the script, not by the lab" in " ".join(row["notes"])
    assert "Checked by the script, not by the lab" in done.stdout
    refused = shop.lab("bench", ".", "--workload", "lua", "--rate", "20")
    assert refused.returncode == 2
    assert "is not asked at a rate" in refused.stderr


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
        why = shop.lab("why", f"./{name}", "--rate", "60", "--duration", "3")
        assert why.returncode == 0, why.stderr
        assert "gave way first" in why.stdout
        assert "try next" in why.stdout
    finally:
        remove_built(cloned)


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[str]:
    """A listener on a network beyond this host, which knows no way to a container's own address."""
    commands = (
        "ip netns add lab-outside",
        "ip link add lab-out0 type veth peer name lab-out1 netns lab-outside",
        f"ip addr add {NEAR}/30 dev lab-out0",
        "ip link set lab-out0 up",
        f"ip -n lab-outside addr add {OUTSIDE}/30 dev lab-out1",
        "ip -n lab-outside link set lab-out1 up",
    )
    _leave_outside()  # a run that was killed, or a machine that went down under it, leaves the name behind
    try:
        for command in commands:
            subprocess.run(command.split(), check=True)
        serve = ("python3", "-m", "http.server", "8000", "--bind", OUTSIDE, "--directory", str(tmp_path))
        server = subprocess.Popen(["ip", "netns", "exec", "lab-outside", *serve], stderr=subprocess.DEVNULL)
        try:
            yield f"http://{OUTSIDE}:8000/"
        finally:
            server.terminate()
            server.wait()
    finally:
        _leave_outside()


def _leave_outside() -> None:
    """Remove the network beyond this host, whichever part of it there is."""
    for command in ("ip link del lab-out0", "ip netns del lab-outside"):
        subprocess.run(command.split(), check=False, stderr=subprocess.DEVNULL)


def test_what_a_killed_run_left_does_not_keep_the_next_one_from_its_network(
    request: pytest.FixtureRequest,
) -> None:
    name = Path("/run/netns/lab-outside")
    name.parent.mkdir(exist_ok=True)
    name.touch()
    subprocess.run(["ip", "link", "add", "lab-out0", "type", "veth", "peer", "name", "lab-out1"], check=True)
    assert str(request.getfixturevalue("outside")).startswith("http://")


REACH = """\
import sys, time, urllib.request
end = time.monotonic() + float(sys.argv[2])
while True:
    try:
        print(urllib.request.urlopen(sys.argv[1], timeout=2).status)
        break
    except OSError:
        if time.monotonic() > end:
            print("cut off")
            break
"""


def test_the_way_out_is_cut_in_a_container_and_opened_by_the_flag(
    own: Make, outside: str, engine: DockerClient
) -> None:
    shop = own("flask")
    describe(shop, ready="/login")
    assert requests.get(address(shop.ok("up", ".", "--port", "0")) + "/login", timeout=60).status_code == 200
    assert shop.ok("exec", ".", "web", "python", "-c", REACH, outside, "3").strip() == "cut off"
    shop.ok("down", ".")
    describe(shop, ready="/login", egress=True)
    shop.ok("up", ".", "--port", "0")
    assert shop.ok("exec", ".", "web", "python", "-c", REACH, outside, "60").strip() == "200"

"""It is somebody's data: what a project's owner has on the engine and on disk survives whatever the lab does."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
import requests
from docker import DockerClient

from lab.engine.client import from_environment
from lab.engine.inventory import LABEL_PROJECT
from lab.host.session import LABEL_SESSION
from lab.model import project_name
from tests.adopt.adopting import PROJECTS, SHORT, Own, address, own_copy
from tests.e2e.driving import PATIENCE_S

pytestmark = pytest.mark.xdist_group("lab")

VOLUME = "adopt-shop-data"


class Theirs:
    """All that the owner of the project has, as it is while the lab is at work."""

    def __init__(self, engine: DockerClient, own: Own) -> None:
        self.engine, self.own, self.folder = engine, own, own.folder
        own.compose("up", "--detach", "--build", "--wait", "app", "web")
        own.compose("exec", "app", "sh", "-c", "echo theirs > /data/precious")
        self.before = self.look()

    def look(self) -> dict[str, object]:
        """Containers with their state and start, volumes and networks by id, and every file of the folder."""
        mine: dict[str, str | list[str] | bool] = {"label": f"{LABEL_PROJECT}=adopt-shop"}
        containers = self.engine.containers.list(all=True, ignore_removed=True, filters=mine)
        data = next(one for one in containers if "app" in (one.name or "")).exec_run("cat /data/precious /data/touched")
        return {
            "containers": sorted((one.id, one.status, one.attrs["State"]["StartedAt"]) for one in containers),
            "volume": self.engine.volumes.get(VOLUME).attrs["CreatedAt"],
            "networks": sorted(str(one.id) for one in self.engine.networks.list(filters=mine)),
            "data": data.output,
            "images": str(self.engine.images.get("adopt-shop-app").id),
            "files": {
                str(path.relative_to(self.folder)): sha256(path.read_bytes()).hexdigest()
                for path in sorted(self.folder.rglob("*"))
                if path.is_file() and path.name != "lab.yaml" and "results" not in path.parts
            },
        }

    def require_untouched(self) -> None:
        assert self.look() == self.before


def labelled(engine: DockerClient) -> list[str]:
    """What the lab has on the engine of this project."""
    mine: dict[str, str | list[str] | bool] = {"label": LABEL_SESSION}
    found = [
        *(str(one.name) for one in engine.containers.list(all=True, ignore_removed=True, filters=mine)),
        *(str(one.name) for one in engine.volumes.list(filters=mine)),
        *(str(one.name) for one in engine.networks.list(filters=mine)),
    ]
    return [name for name in found if "shop" in name]


@pytest.fixture(scope="module")
def theirs(images: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theirs]:
    """The owner's copy, up in the owner's own project while all tests of this file run."""
    own = own_copy("shop", tmp_path_factory.mktemp("theirs") / "shop")
    with closing(from_environment()) as client:
        yield Theirs(client, own)
    own.remove()


@pytest.fixture
def shop(theirs: Theirs) -> Iterator[Own]:
    """The folder in which the owner calls the lab; what a test has written into it goes."""
    yield theirs.own
    theirs.own.remove_labs()
    shutil.copy(PROJECTS / "shop/lab.yaml", theirs.own.folder)
    shutil.rmtree(theirs.own.folder / "results", ignore_errors=True)


def test_a_running_copy_and_its_data_survive_up_check_bench_and_down(
    engine: DockerClient, theirs: Theirs, shop: Own
) -> None:
    before = set(shop.folder.rglob("*"))
    url = address(shop.ok("up", ".", "--port", "0"))
    assert requests.get(url, timeout=60).text == "from-the-env-file\n"
    # An empty volume of the lab's own: what the job and the application wrote, and nothing of theirs.
    assert requests.get(f"{url}/data", timeout=60).text.split() == ["seeded", "touched"]
    theirs.require_untouched()
    assert "home" in shop.ok("check", ".")
    assert shop.ok("exec", ".", "app", "cat", "/state/file") == "precious\n"
    shop.ok("down", ".")
    theirs.require_untouched()
    assert labelled(engine) == []
    done = shop.lab("bench", ".", *SHORT)
    assert done.returncode in (0, 7), done.stderr
    (run,) = (shop.folder / "results").glob("*/samples.jsonl")
    assert len(run.read_text().splitlines()) == 1
    theirs.require_untouched()
    assert labelled(engine) == []
    new = [path.relative_to(shop.folder) for path in shop.folder.rglob("*") if path not in before]
    assert {path.parts[0] for path in new} == {"results"}
    assert not [path for path in new if (shop.folder / path).is_file() and secret_in(shop.folder / path)]


def secret_in(path: Path) -> bool:
    """Whether a file holds what the owner's `.env` says."""
    return b"from-the-env-file" in path.read_bytes()


def test_with_data_the_stack_starts_with_a_copy(engine: DockerClient, theirs: Theirs, shop: Own) -> None:
    url = address(shop.ok("up", ".", "--port", "0", "--with-data"))
    assert requests.get(f"{url}/data", timeout=60).text.split() == ["precious", "seeded", "touched"]
    shop.ok("exec", ".", "app", "rm", "/data/precious")
    shop.ok("down", ".")
    theirs.require_untouched()


def test_a_start_that_fails_leaves_theirs_and_nothing_of_the_labs(
    engine: DockerClient, theirs: Theirs, shop: Own
) -> None:
    shop.change(ready="/data", entry={"service": "web", "port": 81}, start_within_s=3)
    failed = shop.lab("up", ".", "--port", "0")
    assert failed.returncode == 4
    assert "its entry does not answer GET /data" in failed.stderr
    assert "start_within_s" in failed.stderr
    theirs.require_untouched()
    assert labelled(engine) == []


def test_theirs_survive_ctrl_c_and_a_kill_in_the_middle(engine: DockerClient, theirs: Theirs, shop: Own) -> None:
    for how in (signal.SIGINT, signal.SIGKILL):
        shop.change(entry={"service": "web", "port": 81}, start_within_s=600)
        running = shop.start("up", ".", "--port", "0")
        wait_for_containers(engine)
        os.kill(running.process.pid, how)
        running.process.communicate()
        theirs.require_untouched()
        assert (labelled(engine) == []) == (how is signal.SIGINT)
    # What a killed process left goes with the next command that starts something, or with down --all's look.
    shop.change(entry={"service": "web", "port": 80})
    shop.ok("up", ".", "--port", "0")
    shop.ok("down", ".")
    theirs.require_untouched()
    assert labelled(engine) == []


def test_a_compose_project_of_the_stacks_own_name_that_somebody_else_started_stays(
    engine: DockerClient, shop: Own
) -> None:
    project = project_name("shop", shop.folder.resolve())
    stranger = engine.volumes.create(f"{project}_data", labels={LABEL_PROJECT: project})
    try:
        refused = shop.lab("up", ".", "--port", "0")
        assert refused.returncode == 1
        assert "the lab did not start" in refused.stderr
        engine.volumes.get(f"{project}_data")
    finally:
        stranger.remove()


def wait_for_containers(engine: DockerClient) -> None:
    """Until the lab's own copy has containers that run."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found = engine.containers.list(ignore_removed=True, filters={"label": LABEL_SESSION, "status": "running"})
        if any("shop" in (one.name or "") for one in found):
            return
        time.sleep(0.1)
    pytest.fail("the lab started nothing")

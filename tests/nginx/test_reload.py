"""A new conf while requests come in: `docker compose kill -s HUP nginx`."""

import http.client
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from tests.nginx.nginx_deployed import ANSWER_WITHIN_S, ROOT, Deployed, deployed

pytestmark = pytest.mark.xdist_group("nginx")  # one network has a fixed address

RELOADS = 5
Generations = list[str]
"""Of each answer, in the order they came: which conf it is from."""


@pytest.fixture(scope="module")
def confs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The confs in a folder that the container reads them from, and that a test may write to."""
    folder = tmp_path_factory.mktemp("confs") / "nginx"
    shutil.copytree(ROOT / "nginx", folder)
    for parent in (folder, *folder.parents[:2]):
        parent.chmod(0o755)  # Nginx is another user than whoever runs the tests
    return folder


@pytest.fixture(scope="module")
def nginx(images: None, confs: Path) -> Iterator[Deployed]:
    write_generation(confs, "0")
    with deployed(
        Path(__file__).with_name("reloaded.yaml"), CONFS=str(confs), NGINX_CONF="proxy", HEALTH_DELAY="1"
    ) as up:
        yield up


def write_generation(confs: Path, generation: str) -> None:
    """Write proxy.conf so that its answers tell that they are from this generation of it."""
    conf = (ROOT / "nginx/proxy.conf").read_text()
    header = f"add_header X-Generation {generation};\n"
    (confs / "proxy.conf").write_text(conf.replace("include common/pass.conf;", f"include common/pass.conf;\n{header}"))


def answered(connection: http.client.HTTPConnection) -> str:
    connection.request("GET", "/api/ping")
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200
    return str(answer.getheader("X-Generation"))


def on_new_connections(address: tuple[str, int], stop: Event) -> Generations:
    """A client that connects anew for each request, and forgives nothing."""
    generations = []
    while not stop.is_set():
        connection = http.client.HTTPConnection(*address, timeout=ANSWER_WITHIN_S)
        generations.append(answered(connection))
        connection.close()
    return generations


def on_kept_connections(address: tuple[str, int], stop: Event) -> Generations:
    """A client that keeps its connection.

    A server may close an idle connection at any time, also while the next request is on its way. So all HTTP clients
    repeat a GET that ended with its kept connection and no answer, once and on a new one (RFC 9110, section 9.2.2).
    """
    generations = []
    connection = http.client.HTTPConnection(*address, timeout=ANSWER_WITHIN_S)
    while not stop.is_set():
        try:
            generations.append(answered(connection))
        except (http.client.RemoteDisconnected, ConnectionError):
            connection.close()
            generations.append(answered(connection))
    connection.close()
    return generations


@contextmanager
def load(nginx: Deployed) -> Iterator[list[Future[Generations]]]:
    """Two clients of each kind for as long as the block takes."""
    kinds: tuple[Callable[[tuple[str, int], Event], Generations], ...] = (on_new_connections, on_kept_connections)
    stop = Event()
    with ThreadPoolExecutor() as threads:
        clients = [threads.submit(client, nginx.address, stop) for client in kinds * 2]
        try:
            yield clients
        finally:
            stop.set()


def test_no_request_fails_while_confs_are_exchanged_and_each_takes_effect(nginx: Deployed, confs: Path) -> None:
    wanted = [str(generation) for generation in range(RELOADS + 1)]
    with load(nginx) as clients:
        time.sleep(0.3)
        for generation in wanted[1:]:
            write_generation(confs, generation)
            nginx.reload()
    for client in clients:
        generations = client.result()  # raises what a request failed with
        assert sorted(set(generations)) == wanted
        assert generations[-1] == wanted[-1]


def test_a_request_under_way_is_finished_by_the_conf_it_began_with(nginx: Deployed, confs: Path) -> None:
    with ThreadPoolExecutor() as threads:
        under_way = threads.submit(nginx.ask, "/health")
        time.sleep(0.2)
        write_generation(confs, "later")
        nginx.reload()
        assert nginx.ask("/api/ping").headers["X-Generation"] == "later"
        assert not under_way.done()
        assert under_way.result().headers["X-Generation"] != "later"


def test_a_conf_that_is_wrong_changes_nothing(nginx: Deployed, confs: Path) -> None:
    write_generation(confs, "good")
    nginx.reload()
    (confs / "proxy.conf").write_text("http { this is no conf; }")
    nginx.reload()
    assert nginx.ask("/api/ping").headers["X-Generation"] == "good"
    assert b"this" in nginx.container("nginx").logs(stdout=False)

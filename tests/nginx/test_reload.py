"""A new conf while requests come in: `docker compose kill -s HUP nginx`."""

import http.client
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event

import pytest

from tests.nginx.nginx_deployed import ANSWER_WITHIN_S, ROOT, Deployed, deployed, eventually

pytestmark = pytest.mark.xdist_group("nginx")  # one network has a fixed address

RELOADS = 5
TRIES = 20
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


def on_new_connections(address: tuple[str, int], stop: Event, generations: Generations) -> None:
    """A client that connects anew for each request, and forgives nothing."""
    while not stop.is_set():
        connection = http.client.HTTPConnection(*address, timeout=ANSWER_WITHIN_S)
        generations.append(answered(connection))
        connection.close()


def on_kept_connections(address: tuple[str, int], stop: Event, generations: Generations) -> None:
    """A client that keeps its connection.

    A server may close an idle connection at any time, also while the next request is on its way. So all HTTP clients
    repeat a GET that ended with its kept connection and no answer, once and on a new one (RFC 9110, section 9.2.2).
    """
    connection = http.client.HTTPConnection(*address, timeout=ANSWER_WITHIN_S)
    while not stop.is_set():
        try:
            generations.append(answered(connection))
        except (http.client.RemoteDisconnected, ConnectionError):
            connection.close()
            generations.append(answered(connection))
    connection.close()


@contextmanager
def load(nginx: Deployed) -> Iterator[list[Generations]]:
    """Two clients of each kind for as long as the block takes; raises what a request of theirs failed with."""
    stop = Event()
    seen: list[Generations] = [[] for _ in range(4)]
    with ThreadPoolExecutor() as threads:
        kinds = (on_new_connections, on_kept_connections) * 2
        clients = [
            threads.submit(kind, nginx.address, stop, generations)
            for kind, generations in zip(kinds, seen, strict=True)
        ]
        try:
            yield seen
        finally:
            stop.set()
    for client in clients:
        client.result()


def all_have_seen(seen: list[Generations], generation: str) -> bool:
    return all(generation in generations for generations in seen)


def test_no_request_fails_while_confs_are_exchanged_and_each_takes_effect(nginx: Deployed, confs: Path) -> None:
    wanted = [str(generation) for generation in range(RELOADS + 1)]
    with load(nginx) as seen:
        eventually(lambda: all_have_seen(seen, wanted[0]))
        for generation in wanted[1:]:
            write_generation(confs, generation)
            nginx.reload()
            eventually(partial(all_have_seen, seen, generation))
    assert [sorted(set(generations)) for generations in seen] == [wanted] * len(seen)
    assert {generations[-1] for generations in seen} == {wanted[-1]}


def test_a_request_under_way_is_finished_by_the_conf_it_began_with(nginx: Deployed, confs: Path) -> None:
    """Where the host stood still meanwhile, so that it was over before the other conf served, it is tried again."""
    for number in range(TRIES):
        before, after = f"before-{number}", f"after-{number}"
        write_generation(confs, before)
        nginx.reload()  # its new workers have no connection to the app yet: a request opens one
        with ThreadPoolExecutor() as threads:
            opened = nginx.opened_to_the_app()
            asked = threads.submit(nginx.ask, "/health")
            eventually(lambda opened=opened: nginx.opened_to_the_app() > opened)  # type: ignore[misc]
            write_generation(confs, after)
            nginx.reload()
            under_way = not asked.done()
            assert nginx.ask("/api/ping").headers["X-Generation"] == after
        assert asked.result().headers["X-Generation"] == before
        if under_way:
            return
    pytest.fail("each request was over before the other conf served")


def test_a_conf_that_is_wrong_changes_nothing(nginx: Deployed, confs: Path) -> None:
    write_generation(confs, "good")
    nginx.reload()
    (confs / "proxy.conf").write_text("http { this is no conf; }")
    nginx.reload_in_vain()
    assert nginx.ask("/api/ping").headers["X-Generation"] == "good"
    assert b"this" in nginx.errors()

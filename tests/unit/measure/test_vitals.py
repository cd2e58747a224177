import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any, cast

import pytest
from docker import DockerClient

from lab.engine import inventory
from lab.errors import LabError
from lab.host import cgroups
from lab.measure import own_word, rig, vitals
from lab.measure.evidence import sockets
from lab.measure.rig import Usage
from lab.measure.vitals import Looker
from lab.model.vitals import OwnWord, TierReading
from tests.unit.measure.evidence.evidence_proc import write_net

MIB = 2**20


class Page(BaseHTTPRequestHandler):
    text = "Active connections: 1 \nserver accepts handled requests\n 5 5 50 \nReading: 0\n"
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/status" else 404)
        self.end_headers()
        self.wfile.write(self.text.encode())

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def page() -> Iterator[int]:
    """The port of a tier that tells what it counts."""
    with HTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def container(identity: str = "a", *, status: str = "running", code: int = 0, label: str = "") -> Any:
    return SimpleNamespace(
        id=identity,
        labels={own_word.LABEL: label} if label else {},
        attrs={
            "State": {"Status": status, "Pid": 41, "ExitCode": code},
            "HostConfig": {"Memory": 400 * MIB},
            "NetworkSettings": {"Networks": {"default": {"IPAddress": "127.0.0.1"}, "off": {"IPAddress": ""}}},
        },
    )


@pytest.fixture
def looker(monkeypatch: pytest.MonkeyPatch) -> Looker:
    monkeypatch.setattr(cgroups, "find", lambda _: None)
    monkeypatch.setattr(rig, "read_usage", lambda _: Usage(cpu_s=None, memory_mib=None))
    monkeypatch.setattr(inventory, "replicas_of", lambda *_: {})
    return Looker(cast(DockerClient, SimpleNamespace()), "lab-plain")


def up(monkeypatch: pytest.MonkeyPatch, **containers: Any) -> None:
    monkeypatch.setattr(inventory, "containers_of", lambda *_: containers)


def test_the_lab_s_own_questions_are_not_among_nginx_s_requests(
    looker: Looker, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    up(monkeypatch, nginx=container(label=f"{page}/status"))
    counted = [looker.read().tiers["nginx"].told.requests for _ in range(3)]
    assert counted == [49, 48, 47], "the page stands still here, so each question of the lab's is one less of others"


@pytest.mark.parametrize("label", ["", "{page}/elsewhere", "1/status"])
def test_a_tier_that_tells_nothing_is_read_all_the_same(
    looker: Looker, page: int, monkeypatch: pytest.MonkeyPatch, label: str
) -> None:
    up(monkeypatch, app=container(label=label.format(page=page)))
    found = looker.read().tiers["app"]
    assert (found.told, found.limit_bytes, found.state) == (OwnWord(), 400 * MIB, "running")


def test_the_kernel_is_believed_before_the_engine(looker: Looker, monkeypatch: pytest.MonkeyPatch) -> None:
    up(monkeypatch, app=container())
    monkeypatch.setattr(rig, "read_usage", lambda _: Usage(cpu_s=None, memory_mib=3))
    assert looker.read().tiers["app"].memory_bytes == 3 * MIB
    monkeypatch.setattr(cgroups, "find", lambda _: SimpleNamespace(cpu_ns=lambda: 5, memory_bytes=lambda: 6))
    found = looker.read().tiers["app"]
    assert (found.cpu_ns, found.memory_bytes) == (5, 6)


def test_who_waits_at_the_door_is_in_the_tables_of_the_kernel(
    looker: Looker, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    listens = "0: 00000000:1F90 00000000:0000 0A 00000000:00000003 00:0 0 0 0 1\n"
    taken = "1: 0200007F:1F90 0300007F:1234 01 00000000:00000000 00:0 0 0 0 2\n"
    unread = "2: 0200007F:1F90 0300007F:1235 01 00000000:00000010 00:0 0 0 0 3\n"
    write_net(tmp_path, 41, tcp=head + listens + taken + unread)
    table = sockets.table
    monkeypatch.setattr(sockets, "table", lambda pid: table(pid, tmp_path))
    up(monkeypatch, app=container())
    found = looker.read().tiers["app"]
    assert (found.at_the_door, found.connections) == (4, 2)


def test_a_job_that_is_done_is_no_tier_and_one_that_failed_is(looker: Looker, monkeypatch: pytest.MonkeyPatch) -> None:
    up(monkeypatch, job=container(status="exited"), app=container(status="exited", code=1))
    tiers = looker.read().tiers
    assert {name: tier.state for name, tier in tiers.items()} == {"app": "exited"}


def test_a_stack_that_went_away_is_said(looker: Looker, monkeypatch: pytest.MonkeyPatch) -> None:
    up(monkeypatch)
    with pytest.raises(LabError, match="lab-plain is no longer up"):
        looker.read()


def test_the_containers_of_a_tier_are_one_and_a_shared_queue_is_not_counted_twice() -> None:
    one = TierReading(cpu_ns=5, memory_bytes=7, told=OwnWord(requests=3, queued=9, silent=("cache",)))
    two = TierReading(cpu_ns=1, memory_bytes=None, told=OwnWord(requests=4, queued=9, silent=("redis",)))
    both = vitals.summed([one, two])
    assert (both.cpu_ns, both.memory_bytes) == (6, None)
    assert (both.told.requests, both.told.queued, both.told.silent) == (7, 9, ("cache", "redis"))
    assert vitals.summed([one, TierReading(state="paused")]).state == "paused"


def test_several_containers_of_a_tier_are_read(looker: Looker, monkeypatch: pytest.MonkeyPatch) -> None:
    up(monkeypatch, app=container())
    monkeypatch.setattr(inventory, "replicas_of", lambda *_: {"app": (container("b"), container("c"))})
    assert looker.read().tiers["app"].limit_bytes == 3 * 400 * MIB


def test_a_tier_that_is_slow_to_tell_moves_neither_its_own_moment_nor_that_of_others(
    looker: Looker, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]

    def slow(*_: object, **__: object) -> OwnWord:
        clock[0] += 1
        return OwnWord(requests=5)

    monkeypatch.setattr("lab.measure.vitals.time.monotonic", lambda: clock[0])
    monkeypatch.setattr(own_word, "ask", slow)
    up(monkeypatch, app=container(), nginx=container("b"), store=container("c", status="paused"))
    found = looker.read().tiers
    assert [(tier, one.at_s) for tier, one in found.items()] == [("app", 100), ("nginx", 101), ("store", 102)]


def test_the_moment_of_several_containers_is_the_mean_of_theirs() -> None:
    assert vitals.summed([TierReading(at_s=4), TierReading(at_s=6)]).at_s == 5

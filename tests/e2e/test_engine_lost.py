"""An engine that goes away in the middle: a relay before its socket, which the test cuts."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from docker import DockerClient

from lab.errors import Inconclusive
from tests.e2e.driving import QUICK, Lab, labelled, only_run

ENGINE = "/var/run/docker.sock"
PIECE = 65_536


class Relay:
    """A socket that hands everything on to the engine's, until it is cut."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ends: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End every connection; new ones are refused."""
        self._listener.close()
        self.path.unlink(missing_ok=True)
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(ENGINE)
                self._ends += (near, far)
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._copy, args=(source, sink), daemon=True).start()

    def _copy(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(PIECE):
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Relay]:
    relay = Relay(tmp_path / "engine.sock")
    yield relay
    relay.cut()


@pytest.mark.parametrize("phase", ["start", "round 1/2", "round 2/2"])
def test_an_engine_that_goes_away_ends_a_benchmark_in_words_and_it_can_be_resumed(
    lab: Lab, project: Path, engine: DockerClient, relay: Relay, phase: str
) -> None:
    assert "DOCKER_HOST" not in os.environ, "the relay stands before the engine of this host"
    running = lab.start("bench", "gin", *QUICK, DOCKER_HOST=f"unix://{relay.path}")
    running.wait_for(phase)
    relay.cut()
    code, said = running.finish()
    assert "Traceback" not in said
    assert code == 3, said
    folder = only_run(project)
    resumed = lab("bench", "--resume", folder.name)
    assert resumed.returncode in (0, Inconclusive.exit_code), resumed.stderr
    assert (folder / "report.html").exists()
    assert labelled(engine) == []


@pytest.mark.parametrize("phase", ["kill 1 of 9"])
def test_an_engine_that_goes_away_ends_a_check_of_orders_in_words(lab: Lab, relay: Relay, phase: str) -> None:
    arguments = ("check", "service-gin", "--orders", "--kills", "9")
    running = lab.start(*arguments, DOCKER_HOST=f"unix://{relay.path}")
    running.wait_for(phase)
    relay.cut()
    code, said = running.finish()
    assert "Traceback" not in said
    assert code == 3, said

import json
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import urllib3
from docker.errors import APIError, DockerException, ImageNotFound
from docker.utils.socket import SocketError

from lab.engine.client import from_environment, in_words
from lab.errors import EngineUnavailable, LabError


@pytest.mark.parametrize(
    "error",
    [
        requests.ConnectionError("refused"),
        requests.ReadTimeout("timed out"),
        urllib3.exceptions.ProtocolError("Connection broken"),
        SocketError("Unexpected EOF"),
        ConnectionResetError("reset by peer"),
    ],
)
def test_an_engine_that_answers_no_more_is_told_in_words(error: Exception) -> None:
    with pytest.raises(EngineUnavailable, match="no longer answers") as caught, in_words():
        raise error
    assert caught.value.exit_code == 3
    assert caught.value.where
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("error", [APIError("is not running"), ImageNotFound("no such image"), DockerException("odd")])
def test_what_the_engine_refuses_is_told_in_words_and_is_not_its_end(error: Exception) -> None:
    with pytest.raises(LabError) as caught, in_words():
        raise error
    assert not isinstance(caught.value, EngineUnavailable)
    assert str(error) in str(caught.value.where)


def test_an_error_of_the_labs_own_passes_as_it_is() -> None:
    mine = LabError("mine")
    with pytest.raises(LabError) as caught, in_words():
        raise mine
    assert caught.value is mine


class Prompt(socketserver.StreamRequestHandler):
    """An engine that sends what a command printed together with the head of its answer, as it does on a busy host."""

    def handle(self) -> None:
        request = self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        if b"/version" in request:
            body = json.dumps({"ApiVersion": "1.45"}).encode()
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            return
        pieces = ((1, b"cpu 1\n"), (2, b"a warning\n"), (1, b"ramp\n"))
        frames = b"".join(bytes([stream, 0, 0, 0]) + len(text).to_bytes(4, "big") + text for stream, text in pieces)
        self.wfile.write(b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n" + frames)


@pytest.fixture
def prompt_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/engine")
    with socketserver.ThreadingUnixStreamServer(f"{tmp_path}/engine", Prompt) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


@pytest.mark.usefixtures("prompt_engine")
def test_what_a_command_prints_at_once_is_handed_over_whole() -> None:
    client = from_environment(timeout_s=60)
    assert client.api.exec_start("one") == b"cpu 1\na warning\nramp\n"
    assert [*client.api.exec_start("two", stream=True)] == [b"cpu 1\n", b"a warning\n", b"ramp\n"]
    client.close()


def test_a_reader_of_the_lab_who_goes_away_is_not_the_engines_end() -> None:
    with pytest.raises(BrokenPipeError), in_words():
        raise BrokenPipeError

import hashlib
import json
from pathlib import Path

import docker
import pytest

from lab.engine import client, probe
from lab.engine.address import require_local
from lab.errors import EngineUnavailable


@pytest.fixture
def configured(tmp_path: Path) -> Path:
    """A folder of Docker's configuration with a context on another machine and one on this."""
    for name, host in (("far", "ssh://me@far"), ("near", "unix:///near.sock")):
        path = tmp_path / "contexts/meta" / hashlib.sha256(name.encode()).hexdigest() / "meta.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"Name": name, "Endpoints": {"docker": {"Host": host}}}))
    return tmp_path


@pytest.mark.parametrize("host", ["tcp://10.0.0.9:2375", "ssh://me@far", "https://engine.example", "tcp://:2375"])
def test_an_engine_of_another_machine_is_refused_in_words(host: str) -> None:
    with pytest.raises(EngineUnavailable, match="on another machine") as caught:
        require_local({"DOCKER_HOST": host})
    assert caught.value.where == f"DOCKER_HOST: {host}"
    assert "unset DOCKER_HOST" in (caught.value.fix or "")


@pytest.mark.parametrize(
    "host", ["unix:///var/run/docker.sock", "tcp://127.0.0.1:2375", "tcp://localhost:2375", "tcp://[::1]:2375"]
)
def test_an_engine_of_this_machine_is_taken(host: str) -> None:
    assert require_local({"DOCKER_HOST": host}) == host


def test_a_context_on_another_machine_is_refused_whoever_chose_it(configured: Path) -> None:
    chosen = {"DOCKER_CONFIG": str(configured)}
    assert require_local(chosen) is None
    with pytest.raises(EngineUnavailable, match="on another machine") as caught:
        require_local({**chosen, "DOCKER_CONTEXT": "far"})
    assert caught.value.where == "context far: ssh://me@far"
    (configured / "config.json").write_text('{"currentContext": "far"}')
    with pytest.raises(EngineUnavailable, match="on another machine"):
        require_local(chosen)


def test_a_context_on_this_machine_is_taken_and_docker_host_comes_before_it(configured: Path) -> None:
    chosen = {"DOCKER_CONFIG": str(configured), "DOCKER_CONTEXT": "near"}
    assert require_local(chosen) == "unix:///near.sock"
    assert require_local({**chosen, "DOCKER_HOST": "unix:///other.sock"}) == "unix:///other.sock"


def test_the_lab_speaks_to_the_engine_of_the_context_as_docker_does(
    configured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(configured))
    monkeypatch.setenv("DOCKER_CONTEXT", "near")
    given: list[str] = []

    def from_env(*, timeout: int, environment: dict[str, str]) -> None:
        assert timeout == 1
        given.append(environment["DOCKER_HOST"])

    monkeypatch.setattr(docker.DockerClient, "from_env", from_env)
    client.from_environment(timeout_s=1)
    assert given == ["unix:///near.sock"]


def test_whatever_needs_an_engine_refuses_a_remote_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://10.0.0.9:2375")
    with pytest.raises(EngineUnavailable, match="on another machine"):
        probe.require()
    with pytest.raises(EngineUnavailable, match="on another machine"), client.connect():
        pass

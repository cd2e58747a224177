from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.engine import up
from lab.engine.daemon import Daemon
from lab.engine.install import Installation
from lab.engine.probe import Engine
from lab.errors import EngineUnavailable
from lab.host.say import Say

READY = Engine(client="28", server="26", compose="2.26", buildx="0.13")
STOPPED = Engine(client="28", compose="2.26", buildx="0.13", complaint="Cannot connect")
BARE = Engine(client=None)


class Host:
    """A host whose engine appears once it has been installed and started; keeps a list of what was done."""

    def __init__(self, engine: Engine, *, dockerd: bool) -> None:
        self.engine = engine
        self.dockerd = dockerd
        self.done: list[str] = []

    def inspect(self) -> Engine:
        return self.engine

    def install(self, _plan: Installation, _say: Say) -> None:
        self.done.append("install")
        self.dockerd = True

    def start(self, _where: Daemon) -> None:
        self.done.append("start")
        self.engine = READY


@contextmanager
def unlocked(_where: Daemon) -> Iterator[None]:
    yield


def patch(monkeypatch: pytest.MonkeyPatch, host: Host) -> None:
    monkeypatch.setattr("lab.engine.probe.inspect", host.inspect)
    monkeypatch.setattr("lab.engine.install.install", host.install)
    monkeypatch.setattr("lab.engine.install.plan", lambda missing: Installation(packages=tuple(missing)))
    monkeypatch.setattr("lab.engine.install.need_root", lambda _purpose: None)
    monkeypatch.setattr("lab.engine.daemon.installed", lambda: host.dockerd)
    monkeypatch.setattr("lab.engine.daemon.start", host.start)
    monkeypatch.setattr("lab.engine.daemon.exclusive", unlocked)
    # The switch is the host's own: no unit test may come near it.
    monkeypatch.setattr("lab.engine.bridge.stop_filtering", lambda _say: host.done.append("bridge filter off"))
    monkeypatch.setattr("lab.engine.base.ensure", lambda _say: host.done.append("base"))
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "LAB_ENGINE"):
        monkeypatch.delenv(name, raising=False)


def say(_text: str) -> None:
    return


@pytest.mark.parametrize(
    ("engine", "dockerd", "done"),
    [
        (READY, True, ["base"]),
        (STOPPED, True, ["start", "bridge filter off", "base"]),
        (BARE, False, ["install", "start", "bridge filter off", "base"]),
    ],
)
def test_up_does_what_is_missing_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, engine: Engine, dockerd: bool, done: list[str]
) -> None:
    host = Host(engine, dockerd=dockerd)
    patch(monkeypatch, host)
    assert up.up(say) == READY
    assert host.done == done


def test_up_leaves_a_remote_engine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(STOPPED, dockerd=True)
    patch(monkeypatch, host)
    monkeypatch.setenv("DOCKER_HOST", "tcp://far:1")
    with pytest.raises(EngineUnavailable, match="on another machine"):
        up.up(say)
    assert host.done == []


def test_down_tells_whether_there_was_one(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr("lab.engine.daemon.stop", lambda _where: True)
    up.down(said.append)
    monkeypatch.setattr("lab.engine.daemon.stop", lambda _where: False)
    up.down(said.append)
    assert said == ["engine stopped", "no engine runs"]


def test_status_of_nothing_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.engine.probe.inspect", lambda: BARE)
    assert up.status().ready is False


def test_images_of_an_archive_are_loaded_before_the_base_is_looked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    host = Host(STOPPED, dockerd=True)
    patch(monkeypatch, host)
    monkeypatch.setattr("lab.engine.saving.load", lambda path: host.done.append(f"load {path.name}"))
    up.up(say, images=tmp_path / "images.tar.gz")
    assert host.done == ["start", "bridge filter off", "load images.tar.gz", "base"]

"""The engine as a user meets it: `lab engine`, `lab doctor`, and a private engine that is killed hard."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.engine import daemon
from lab.engine.daemon import Daemon
from tests.e2e.counting import counted_client
from tests.e2e.driving import LAB

pytestmark = pytest.mark.xdist_group("lab")

NOTHING_HERE = "unix:///nonexistent/docker.sock"


def lab(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([LAB, *arguments], env=os.environ | environment, capture_output=True, text=True, check=False)


def test_status_tells_the_versions_on_stdout() -> None:
    done = lab("engine", "status", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["ready"] is True
    assert found["engine"]["server"]


def test_up_on_a_running_engine_looks_twice_and_does_nothing(tmp_path: Path) -> None:
    client = counted_client(tmp_path)
    done = lab("engine", "up", LAB_ENGINE="never", PATH=client.path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert [call.split()[:2] for call in client.calls] == [["info", "--format"], ["image", "inspect"]]


@pytest.mark.parametrize("command", [["engine", "up"], ["engine", "status"], ["doctor"]])
def test_an_engine_out_of_reach_is_exit_3_with_the_next_step(command: list[str]) -> None:
    done = lab(*command, DOCKER_HOST=NOTHING_HERE)
    assert done.returncode == 3
    assert "next:" in done.stderr
    assert "Traceback" not in done.stderr


def test_up_without_any_client_may_be_forbidden(tmp_path: Path) -> None:
    done = lab("engine", "up", PATH=str(tmp_path), LAB_ENGINE="never")
    assert done.returncode == 3
    assert "LAB_ENGINE=never" in done.stderr


def test_doctor_finds_what_the_stacks_need() -> None:
    done = lab("doctor", "--json")
    assert done.returncode == 0, done.stderr
    status = {finding["name"]: finding["status"] for finding in json.loads(done.stdout)}
    assert status["engine"] == status["compose"] == status["base image"] == "ok"
    assert "registry" in status


@pytest.fixture
def private_engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    """A second engine in folders of its own, and with a network of its own: it would remove our bridge."""
    real = shutil.which("dockerd", path=daemon.SYSTEM_PATH)
    if os.geteuid() != 0 or real is None:
        pytest.skip("starting an engine takes root and dockerd")
    # A Unix socket's path may have 107 characters, and pytest's own folders are deep.
    root = Path(tempfile.mkdtemp(prefix="lab-engine-"))
    wrapper = root / "bin/dockerd"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\nexec unshare --net {real} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}:{os.environ['PATH']}")
    yield Daemon(
        socket=root / "docker.sock",
        pidfile=root / "docker.pid",
        exec_root=root / "exec",
        data_root=root / "data",
        config=root / "daemon.json",
        state=root / "state",
        service_manager=root / "no-systemd",
        pools=("--bridge=none", "--iptables=false", "--ip6tables=false"),
    )
    _remove(root)


def _remove(root: Path) -> None:
    """Remove the engine's folders; one that was killed leaves its data folder mounted on itself."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        mount = line.split()[1]
        if mount.startswith(f"{root}/"):
            subprocess.run(["umount", "--lazy", mount], check=True)
    shutil.rmtree(root)


def test_an_engine_comes_up_survives_a_kill_and_goes_down(private_engine: Daemon) -> None:
    try:
        daemon.start(private_engine)
        first = daemon.ours(private_engine)
        assert first is not None
        os.kill(first.pid, signal.SIGKILL)
        os.waitpid(first.pid, 0)
        daemon.start(private_engine)
        second = daemon.ours(private_engine)
        assert second is not None
        assert second.pid != first.pid
    finally:
        stopped = daemon.stop(private_engine)
    assert stopped
    assert not daemon.answers(private_engine.socket)
    assert not private_engine.mark.exists()

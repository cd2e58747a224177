import os
import socket
import stat
import threading
from pathlib import Path

import pytest

from lab.engine import daemon, processes
from lab.engine.daemon import Daemon
from lab.errors import EngineUnavailable, HostError


def at(root: Path) -> Daemon:
    return Daemon(
        socket=root / "docker.sock",
        pidfile=root / "docker.pid",
        exec_root=root / "exec",
        data_root=root / "data",
        config=root / "daemon.json",
        state=root / "state",
        service_manager=root / "no-systemd",
    )


def living(proc: Path, pid: int, name: str, state: str = "S") -> None:
    (proc / str(pid)).mkdir(parents=True)
    fields = " ".join([state, *["0"] * 18, "4711", "0"])
    (proc / str(pid) / "stat").write_text(f"{pid} ({name}) {fields}\n")


def test_a_process_is_read_with_its_start_time(tmp_path: Path) -> None:
    living(tmp_path, 7, "a (b) c")
    assert processes.find(7, tmp_path) == processes.Process(pid=7, name="a (b) c", started=4711)


def test_a_zombie_and_a_missing_process_are_dead(tmp_path: Path) -> None:
    living(tmp_path, 7, "dockerd", state="Z")
    assert processes.find(7, tmp_path) is None
    assert processes.find(8, tmp_path) is None


@pytest.mark.parametrize("name", ["bash", None])
def test_a_pid_file_of_a_dead_or_foreign_process_is_removed(tmp_path: Path, name: str | None) -> None:
    here = at(tmp_path)
    here.containerd_pidfile.parent.mkdir(parents=True)
    for pidfile in (here.pidfile, here.containerd_pidfile):
        pidfile.write_text("7")
    if name:
        living(tmp_path / "proc", 7, name)
    daemon.remove_stale(here, tmp_path / "proc")
    assert not here.pidfile.exists()
    assert not here.containerd_pidfile.exists()


def test_the_pid_file_of_a_living_engine_stays(tmp_path: Path) -> None:
    here = at(tmp_path)
    here.pidfile.write_text("7")
    living(tmp_path / "proc", 7, "dockerd")
    daemon.remove_stale(here, tmp_path / "proc")
    assert here.pidfile.exists()


def test_address_pools_are_left_to_daemon_json_where_there_is_one(tmp_path: Path) -> None:
    here = at(tmp_path)
    assert "--default-address-pool" in here.command()
    here.config.write_text("{}")
    assert "--default-address-pool" not in here.command()


def test_the_default_engine_gets_no_path_flags() -> None:
    assert Daemon(config=Path("/nonexistent")).command() == ["dockerd", *daemon.ADDRESS_POOLS]


def script(root: Path, text: str) -> None:
    """Put a `dockerd` made of shell first on PATH."""
    path = root / "bin/dockerd"
    path.parent.mkdir()
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_an_engine_that_ends_shows_its_logs_tail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path, "echo 'level=info noise'; echo 'no such driver'; exit 3")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    here = at(tmp_path)
    with pytest.raises(EngineUnavailable, match=r"exit code 3") as caught:
        daemon.start(here)
    assert "no such driver" in caught.value.what
    assert "noise" not in caught.value.what
    assert caught.value.where == str(here.log)
    assert daemon.ours(here) is None


def test_an_engine_that_stays_silent_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path, "exec sleep infinity")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    with pytest.raises(EngineUnavailable, match="did not answer within"):
        daemon.start(at(tmp_path), timeout_s=0.3)


def test_stopping_nothing_says_so(tmp_path: Path) -> None:
    assert daemon.stop(at(tmp_path)) is False


def test_a_mark_of_another_process_of_that_number_is_not_ours(tmp_path: Path) -> None:
    here = at(tmp_path)
    here.state.mkdir()
    here.mark.write_text(f"{os.getpid()} 1\n")
    assert daemon.ours(here) is None


def test_an_engine_that_answers_but_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    here = at(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(here.socket))
        server.listen()
        threading.Thread(target=_answer_once, args=[server], daemon=True).start()
        with pytest.raises(HostError, match="not started by the lab"):
            daemon.stop(here)


def _answer_once(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(256)
        connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nOK")


def test_one_process_at_a_time_holds_the_lock(tmp_path: Path) -> None:
    here = at(tmp_path)
    with daemon.exclusive(here):
        assert (here.state / "lock").exists()

"""Starting and stopping `dockerd`: by the service manager where there is one, else detached by ourselves."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.engine.commands import run, tail
from lab.engine.processes import Process, find, named_in
from lab.errors import EngineUnavailable, HostError
from lab.host.interrupts import postponed
from lab.host.kernelfiles import PROC

ADDRESS_POOLS = ("--bip", "198.19.255.1/24", "--default-address-pool", "base=198.18.0.0/16,size=24")
"""198.18.0.0/15 is set aside for benchmarks: no container sits on an address that could be an office's."""
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 60.0
POLL_S = 0.1
PING = b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Daemon:
    """Where one `dockerd` keeps its things, and where the lab notes that it started it."""

    socket: Path = Path("/var/run/docker.sock")
    pidfile: Path = Path("/var/run/docker.pid")
    exec_root: Path = Path("/var/run/docker")
    data_root: Path = Path("/var/lib/docker")
    config: Path = Path("/etc/docker/daemon.json")
    state: Path = Path("/var/lib/lab")
    service_manager: Path = Path("/run/systemd/system")
    pools: tuple[str, ...] = ADDRESS_POOLS

    @property
    def log(self) -> Path:
        """What the engine prints, when the lab started it."""
        return self.state / "dockerd.log"

    @property
    def mark(self) -> Path:
        """Number and start time of the engine that the lab started."""
        return self.state / "dockerd.pid"

    @property
    def containerd_pidfile(self) -> Path:
        """The engine's own containerd, which outlives a killed engine."""
        return self.exec_root / "containerd/containerd.pid"

    def command(self) -> list[str]:
        """Return the command line; address pools are left to daemon.json where there is one."""
        default = Daemon()
        flags = {"--pidfile": "pidfile", "--exec-root": "exec_root", "--data-root": "data_root"}
        changed = {f: getattr(self, a) for f, a in flags.items() if getattr(self, a) != getattr(default, a)}
        argv = ["dockerd", *(str(word) for pair in changed.items() for word in pair)]
        if self.socket != default.socket:
            argv += ["--host", f"unix://{self.socket}"]
        return [*argv, *(() if self.config.exists() else self.pools)]


def installed() -> bool:
    """Tell whether this host has an engine that could be started."""
    return shutil.which("dockerd", path=_path()) is not None


def start(daemon: Daemon, *, timeout_s: float = START_TIMEOUT_S) -> None:
    """Start the engine and wait until it answers.

    Raises EngineUnavailable with the log's tail when it ends or stays silent for `timeout_s`.
    """
    child = None
    if daemon.service_manager.is_dir():
        run(["systemctl", "start", "docker"], timeout_s=timeout_s, fix="see `journalctl -u docker`")
    else:
        remove_stale(daemon)
        if named_in(daemon.pidfile, "dockerd") is None:
            child = _launch(daemon)
    _wait(daemon, child, timeout_s)


def remove_stale(daemon: Daemon, proc: Path = PROC) -> None:
    """Remove pid files that a killed engine left: those naming no living process of the right name."""
    for pidfile, name in ((daemon.pidfile, "dockerd"), (daemon.containerd_pidfile, "containerd")):
        if named_in(pidfile, name, proc) is None:
            pidfile.unlink(missing_ok=True)


def _launch(daemon: Daemon) -> subprocess.Popen[bytes]:
    """Start the engine in a session of its own, so that no Ctrl-C or closed terminal reaches it."""
    daemon.state.mkdir(parents=True, exist_ok=True)
    if daemon.log.exists():
        daemon.log.replace(daemon.log.with_suffix(".log.1"))
    argv = daemon.command()
    argv[0] = shutil.which(argv[0], path=_path()) or argv[0]
    with daemon.log.open("wb") as log, postponed():  # or one would run that no mark tells of
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd="/",
            env={**os.environ, "PATH": _path()},
        )
        process = find(child.pid)
        daemon.mark.write_text(f"{child.pid} {process.started if process else 0}\n")
    return child


def _path() -> str:
    """Return PATH with the directories that hold `dockerd` and `iptables`, which a user's may lack."""
    return f"{os.environ.get('PATH', '')}:{SYSTEM_PATH}"


def _wait(daemon: Daemon, child: subprocess.Popen[bytes] | None, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while not answers(daemon.socket):
        if child is not None and child.poll() is not None:
            raise _failed(daemon, f"dockerd ended with exit code {child.returncode}")
        if time.monotonic() > deadline:
            if child is not None:
                child.terminate()
            raise _failed(daemon, f"dockerd did not answer within {timeout_s:.0f} s")
        time.sleep(POLL_S)


def _failed(daemon: Daemon, what: str) -> EngineUnavailable:
    log = daemon.log.read_text(errors="replace") if daemon.log.exists() else ""
    telling = "\n".join(line for line in log.splitlines() if "level=info" not in line)
    daemon.mark.unlink(missing_ok=True)
    fix = "fix what the log complains about, then run `lab engine up` again"
    return EngineUnavailable(f"{what}; its log ends:\n{tail(telling or log)}", where=str(daemon.log), fix=fix)


def answers(path: Path, *, timeout_s: float = 2.0) -> bool:
    """Tell whether an engine answers a ping on the socket at `path`."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout_s)
        try:
            connection.connect(str(path))
            connection.sendall(PING)
            return b" 200 " in connection.recv(64)
        except OSError:
            return False


def ours(daemon: Daemon) -> Process | None:
    """Return the living engine that the lab started, if there is one."""
    try:
        pid, started = map(int, daemon.mark.read_text().split())
    except (OSError, ValueError):
        return None
    process = find(pid)
    return process if process and (process.name, process.started) == ("dockerd", started) else None


def stop(daemon: Daemon, *, timeout_s: float = STOP_TIMEOUT_S) -> bool:
    """Stop the engine that the lab started, and tell whether there was one to stop.

    Raises HostError if another's engine runs, or ours does not end within `timeout_s`.
    """
    process = ours(daemon)
    if process is None:
        if answers(daemon.socket):
            what = "the engine that runs was not started by the lab, so the lab leaves it alone"
            raise HostError(what, where=str(daemon.socket), fix="stop it the way it was started")
        return False
    os.kill(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + timeout_s
    while find(process.pid) == process:
        if time.monotonic() > deadline:
            what = f"dockerd (process {process.pid}) did not end within {timeout_s:.0f} s"
            raise HostError(what, where=str(daemon.log), fix="read its log; a container may hang")
        time.sleep(POLL_S)
    daemon.mark.unlink(missing_ok=True)
    return True


@contextmanager
def exclusive(daemon: Daemon) -> Iterator[None]:
    """Let one process at a time install or start the engine; the others wait for it."""
    daemon.state.mkdir(parents=True, exist_ok=True)
    with (daemon.state / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

"""Counts what `lab` asks of Docker: calls of the client, and requests of its own to the engine.

A count is the same on every machine, where seconds are not; the seconds are in tests/bench.
"""

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

SDK = b"user-agent: docker-sdk-python"
"""Tells the lab's own requests from those of the client that it calls."""
SHIM = """\
#!/bin/sh
printf '%s\\n' "$*" >> {log}
exec {real} "$@"
"""
PIECE = 65536


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A `docker` that writes down how it is called and then is the real one."""

    path: str
    log: Path

    @property
    def calls(self) -> list[str]:
        """The arguments of each call so far."""
        return self.log.read_text().splitlines() if self.log.exists() else []


def counted_client(folder: Path) -> Client:
    """Such a client, and the PATH on which it comes first."""
    real, log, shim = shutil.which("docker"), folder / "calls", folder / "bin" / "docker"
    shim.parent.mkdir()
    shim.write_text(SHIM.format(log=log, real=real))
    shim.chmod(0o755)
    return Client(path=f"{shim.parent}:{os.environ['PATH']}", log=log)


class Engine:
    """A socket that passes everything on to the real engine, counts requests, and can go away for good."""

    def __init__(self, path: Path, real: str) -> None:
        self.host = f"unix://{path}"
        self.requests: list[str] = []
        """Method and path of each request of the lab's own."""
        self._real = real
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Go away: nobody is let in any more, and whoever is inside is thrown out."""
        with self._lock, suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                engine = socket.socket(socket.AF_UNIX)
                engine.connect(self._real)
                with self._lock:
                    self._open |= {client, engine}
                for source, target, watched in ((client, engine, True), (engine, client, False)):
                    threading.Thread(target=self._pass_on, args=(source, target, watched), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, watched: bool) -> None:
        with suppress(OSError):
            while piece := source.recv(PIECE):
                if watched and SDK in piece.lower():
                    self.requests.append(b" ".join(piece.split(b" ", 2)[:2]).decode())
                target.sendall(piece)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)
        if not watched:
            self._close(source, target)

    def _close(self, *sockets: socket.socket) -> None:
        with self._lock:
            for one in sockets:
                self._open.discard(one)
                one.close()


@contextmanager
def between(folder: Path) -> Iterator[Engine]:
    """Such an engine in front of the real one."""
    host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    engine = Engine(folder / "engine.sock", host.removeprefix("unix://"))
    try:
        yield engine
    finally:
        engine.cut()

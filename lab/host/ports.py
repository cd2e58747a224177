"""Ports of the loopback: which one is free, and who holds one that is not."""

import random
import socket
from collections import deque
from contextlib import suppress
from pathlib import Path

from lab.errors import PortTaken
from lab.host import kernelfiles

LOOPBACK = "127.0.0.1"
_LISTEN = "0A"
_LOWEST = 10_240
"""Below it are the ports of well-known services, and many of those that people choose by hand."""
_HIGHEST = 65_535
_IN_A_ROW = 16
"""An entry of several containers takes a port for each, one after the other."""
_ROOM = 1_000
"""Where fewer ports are kept from outgoing connections, those are no choice for several stacks at once."""
_TRIES = 1_000
_chosen: deque[int] = deque(maxlen=16)
"""By this process, lately: several stacks may be on their way up before one of them listens."""


def url(port: int, scheme: str = "http") -> str:
    """Where a stack answers that is published on a port."""
    return f"{scheme}://{LOOPBACK}:{port}"


def free(*, proc: Path = kernelfiles.PROC) -> int:
    """A port that nobody listens on just now, nor on the next ones, and that no connection is given meanwhile.

    The kernel gives outgoing connections ports of `ip_local_port_range` (ip(7)): one from there may be taken between
    its choice here and the start of the container that is to listen on it. Only where it leaves hardly any other, one
    of those must do. None of its last choices is given again. Raises PortTaken where none is found.
    """
    outgoing = kernelfiles.text(proc / "sys/net/ipv4/ip_local_port_range").split()
    end = int(outgoing[0]) if outgoing else 0
    if end < _LOWEST + _ROOM:
        end = _HIGHEST + 1
    for _ in range(_TRIES):
        port = random.randint(_LOWEST, end - _IN_A_ROW)  # noqa: S311 - no secret
        ours = any(abs(port - other) < _IN_A_ROW for other in _chosen)
        if not ours and not any(_refusal(port + further) for further in range(_IN_A_ROW)):
            _chosen.append(port)
            return port
    raise PortTaken(f"no {_IN_A_ROW} ports in a row are free on {LOOPBACK}", fix="choose one with --port")


def require_free(port: int) -> None:
    """Raise PortTaken, with the holder if it can be told, unless a stack could publish the port."""
    refusal = _refusal(port)
    if isinstance(refusal, PermissionError):
        raise PortTaken(f"port {port} needs root", fix="choose one above 1023 with --port")
    if refusal is not None:
        raise PortTaken(
            f"port {port} on {LOOPBACK} is taken",
            where=holder(port) or "by a process that cannot be seen from here",
            fix="stop it, or choose another port with --port",
        )


def _refusal(port: int) -> OSError | None:
    """Why nobody could listen on a port just now."""
    with socket.socket() as listener:
        # As the engine's proxy does: connections in TIME_WAIT of a stack just taken down do not count.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError as error:
            return error
    return None


def holder(port: int, *, proc: Path = Path("/proc")) -> str | None:
    """`name (pid N)` of the process that listens on a port, as far as this user may look."""
    sockets = {f"socket:[{inode}]" for inode in _listening(port, proc)}
    for process in proc.glob("[0-9]*"):
        with suppress(OSError):  # another user's, or gone meanwhile
            if any(_target(link) in sockets for link in (process / "fd").iterdir()):
                return f"{(process / 'comm').read_text().strip()} (pid {process.name})"
    return None


def _target(descriptor: Path) -> str | None:
    try:
        return str(descriptor.readlink())
    except OSError:  # closed meanwhile
        return None


def _listening(port: int, proc: Path) -> set[str]:
    """Inodes of the sockets that listen on a port (proc(5), net/tcp: local address is field 1, inode field 9)."""
    inodes = set()
    for table in ("net/tcp", "net/tcp6"):
        path = proc / table
        lines = path.read_text().splitlines()[1:] if path.exists() else []
        for fields in (line.split() for line in lines):
            if int(fields[1].rpartition(":")[2], 16) == port and fields[3] == _LISTEN:
                inodes.add(fields[9])
    return inodes

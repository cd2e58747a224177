"""Ports of the loopback: which one is free, and who holds one that is not."""

import itertools
import random
import socket
from contextlib import suppress
from pathlib import Path

from lab.errors import PortTaken

LOOPBACK = "127.0.0.1"
_LISTEN = "0A"
_LOWEST = 10_240
"""Below it are the ports of well-known services, and many of those that people choose by hand."""
_OUTGOING = Path("/proc/sys/net/ipv4/ip_local_port_range")
_IN_A_ROW = 16
"""An entry of several containers takes a port for each, one after the other."""


def url(port: int, scheme: str = "http") -> str:
    """Where a stack answers that is published on a port."""
    return f"{scheme}://{LOOPBACK}:{port}"


def free(*, outgoing: Path = _OUTGOING) -> int:
    """A port that nobody listens on just now, nor on the fifteen after it, and that no connection is given meanwhile.

    The kernel gives outgoing connections ports of `ip_local_port_range` (ip(7)): one from there may be taken between
    its choice here and the start of the container that is to listen on it.
    """
    first_outgoing = int(outgoing.read_text().split()[0])
    last = max(first_outgoing - _IN_A_ROW, _LOWEST)
    return next(
        port
        for port in (random.randint(_LOWEST, last) for _ in itertools.count())  # noqa: S311 - no secret
        if all(_is_free(port + further) for further in range(_IN_A_ROW))
    )


def _is_free(port: int) -> bool:
    try:
        require_free(port)
    except PortTaken:
        return False
    return True


def require_free(port: int) -> None:
    """Raise PortTaken, with the holder if it can be told, unless a stack could publish the port."""
    with socket.socket() as listener:
        # As the engine's proxy does: connections in TIME_WAIT of a stack just taken down do not count.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except PermissionError:
            raise PortTaken(f"port {port} needs root", fix="choose one above 1023 with --port") from None
        except OSError:
            raise PortTaken(
                f"port {port} on {LOOPBACK} is taken",
                where=holder(port) or "by a process that cannot be seen from here",
                fix="stop it, or choose another port with --port",
            ) from None


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

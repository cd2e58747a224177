"""What a tier is made of, from what its processes have mapped into their memory; shown to root."""

from pathlib import Path

from lab.host import kernelfiles
from lab.host.kernelfiles import PROC
from lab.model.evidence import Traits

PARTS = {
    "python": "/python3",
    "nginx": "/sbin/nginx",
    "gevent": "/gevent/",
    "asyncio": "/_asyncio.",
    "uvloop": "/uvloop/",
    "eventlet": "/eventlet/",
}
"""Part → what stands in the path of a program, or of a library that only its users load."""
GO = b"Go\0\0"
"""The owner of a note that Go's linker puts at the start of each program."""
NOTES_WITHIN_BYTES = 4096
PORT_RANGE = "net.ipv4.ip_local_port_range"
DEFAULT_PORTS = "32768 60999"
"""Of a network that is new, whatever the host has."""


def read(pids: list[int], sysctls: dict[str, str], proc: Path = PROC) -> Traits:
    """The traits of a tier's processes, whose container was made with these sysctls."""
    low, high = (int(port) for port in sysctls.get(PORT_RANGE, DEFAULT_PORTS).split())
    mapped = "".join(kernelfiles.text(proc / str(pid) / "maps") for pid in pids)
    parts = {part for part, path in PARTS.items() if path in mapped}
    if any(GO in _head(proc / str(pid) / "exe") for pid in pids):
        parts.add("go")
    return Traits(parts=frozenset(parts), ports=high - low + 1)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(NOTES_WITHIN_BYTES)
    except OSError:
        return b""

"""The TCP sockets of a tier, and what the kernel has counted in its network, from `/proc/PID/net`."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.host.kernelfiles import PROC
from lab.model.evidence import Link, Sockets

ESTABLISHED, TIME_WAIT, CLOSE_WAIT, LISTEN = "01", "06", "08", "0A"
"""States as they stand in the tables."""
COUNTED = ("ListenOverflows", "ListenDrops", "ActiveOpens", "PassiveOpens", "AttemptFails", "EstabResets")
_IPV4_IN_IPV6 = "0000000000000000FFFF0000"
_ADDRESS_DIGITS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketRow:
    """One line of the table."""

    state: str
    address: str
    """The other side's, as four decimal numbers."""
    local_port: int
    unread: int
    """Bytes; of one that listens, connections."""
    inode: int


def table(pid: int, proc: Path = PROC) -> list[SocketRow] | None:
    """All TCP sockets in the network of a process; None where it is not shown."""
    folder = proc / str(pid) / "net"
    try:
        lines = (folder / "tcp").read_text().splitlines()[1:]
        # To walk an empty table takes the kernel as long as a full one, some 10 ms.
        if _in_use(folder / "sockstat6"):
            lines += (folder / "tcp6").read_text().splitlines()[1:]
    except OSError:
        return None
    return [_row(line.split()) for line in lines]


def _in_use(path: Path) -> bool:
    try:
        return "TCP6: inuse 0" not in path.read_text()
    except OSError:
        return False


def _row(fields: list[str]) -> SocketRow:
    """`sl local remote st tx:rx tr:when retrnsmt uid timeout inode` (proc(5)); numbers are in hex."""
    _, local, remote, state, queues, _, _, _, _, inode, *_ = fields
    return SocketRow(
        state=state,
        address=_address(remote.partition(":")[0]),
        local_port=int(local.partition(":")[2], 16),
        unread=int(queues.partition(":")[2], 16),
        inode=int(inode),
    )


def _address(digits: str) -> str:
    """`0200 13C6` is written from its last byte on; an IPv4 address may stand in an IPv6 one."""
    digits = digits.removeprefix(_IPV4_IN_IPV6)
    if len(digits) != _ADDRESS_DIGITS:
        return digits
    return ".".join(str(int(digits[at : at + 2], 16)) for at in (6, 4, 2, 0))


def summed(rows: list[SocketRow], tiers: Mapping[str, str]) -> Sockets:
    """What a table says of its tier; `tiers` is address → tier, of the others."""
    listening = {row.local_port for row in rows if row.state == LISTEN}
    inward = [row for row in rows if row.local_port in listening]
    accepted = [row for row in inward if row.inode]  # those in an accept queue belong to no process yet
    return Sockets(
        listening=len(listening),
        to_accept=sum(row.unread for row in inward if row.state == LISTEN),
        accepted=sum(row.state == ESTABLISHED for row in accepted),
        unread=sum(row.state == ESTABLISHED and row.unread > 0 for row in accepted),
        hung_up=sum(row.state == CLOSE_WAIT for row in inward),
        towards=dict(_towards([row for row in rows if row.local_port not in listening], tiers)),
    )


def _towards(rows: list[SocketRow], tiers: Mapping[str, str]) -> Iterator[tuple[str, Link]]:
    found = Counter((tiers[row.address], row.state) for row in rows if row.address in tiers)
    for tier in sorted({tier for tier, _ in found}):
        yield tier, Link(open=found[tier, ESTABLISHED], time_wait=found[tier, TIME_WAIT])


def peers(rows: list[SocketRow], tiers: Mapping[str, str]) -> dict[int, str]:
    """Inode of a socket → the tier at its other end."""
    return {row.inode: tiers[row.address] for row in rows if row.inode and row.address in tiers}


def counters(pid: int, proc: Path = PROC) -> dict[str, int]:
    """What the kernel has counted in the network of a process since it began; empty where it is not shown."""
    found: dict[str, int] = {}
    for name in ("snmp", "netstat"):
        try:
            lines = (proc / str(pid) / "net" / name).read_text().splitlines()
        except OSError:
            continue
        for names, values in zip(lines[::2], lines[1::2], strict=True):
            found |= {key: int(value) for key, value in zip(names.split()[1:], values.split()[1:], strict=True)}
    return {name: found[name] for name in COUNTED if name in found}

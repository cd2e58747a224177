import os
import socket
from pathlib import Path

from lab.measure.evidence import sockets
from lab.model.evidence import Link
from tests.unit.measure.evidence.evidence_proc import write_net

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
APP, DB = "198.19.0.2", "198.19.0.3"
TIERS = {DB: "db"}


def hex_of(address: str) -> str:
    return "".join(f"{int(part):02X}" for part in reversed(address.split(".")))


def line(state: str, *, local: int = 8080, remote: str = "198.19.0.9", unread: int = 0, inode: int = 1) -> str:
    ends = f"{hex_of(APP)}:{local:04X} {hex_of(remote)}:1538"
    return f"   0: {ends} {state} 00000000:{unread:08X} 00:00000000 00000000  1000        0 {inode} 1 0 20 4 30 10 -1\n"


def table(tmp_path: Path, *lines: str) -> list[sockets.SocketRow]:
    write_net(tmp_path, 10, tcp=HEAD + "".join(lines), sockstat6="TCP6: inuse 0\n")
    found = sockets.table(10, tmp_path)
    assert found is not None
    return found


def test_requests_at_the_door_are_those_nobody_accepted_or_read(tmp_path: Path) -> None:
    rows = table(
        tmp_path,
        line(sockets.LISTEN, unread=5),
        *[line(sockets.ESTABLISHED, unread=80, inode=0)] * 5,
        line(sockets.ESTABLISHED, unread=80),
        line(sockets.ESTABLISHED),
        line(sockets.CLOSE_WAIT, unread=1),
    )
    found = sockets.summed(rows, TIERS)
    assert (found.listening, found.to_accept, found.accepted, found.unread, found.hung_up) == (1, 5, 2, 1, 1)
    assert found.queue == 6


def test_connections_to_other_tiers_are_told_with_those_in_time_wait(tmp_path: Path) -> None:
    rows = table(
        tmp_path,
        line(sockets.LISTEN),
        line(sockets.ESTABLISHED, local=40000, remote=DB, inode=7),
        *[line(sockets.TIME_WAIT, local=port, remote=DB, inode=0) for port in range(40001, 40004)],
        line(sockets.ESTABLISHED, local=40009, remote="198.19.0.77"),
    )
    assert sockets.summed(rows, TIERS).towards == {"db": Link(open=1, time_wait=3)}
    assert sockets.peers(rows, TIERS) == {7: "db"}


def test_an_ipv4_address_is_found_in_an_ipv6_table(tmp_path: Path) -> None:
    six = line(sockets.ESTABLISHED, local=40000, remote=DB, inode=7).replace(" ", " ")
    ends = f"{hex_of(APP)}:9C40 {hex_of(DB)}:1538"
    mapped = f"{'0' * 16}FFFF0000"
    six = six.replace(ends, f"{mapped}{hex_of(APP)}:9C40 {mapped}{hex_of(DB)}:1538")
    write_net(tmp_path, 10, tcp=HEAD, tcp6=HEAD + six, sockstat6="TCP6: inuse 1\n")
    rows = sockets.table(10, tmp_path)
    assert rows is not None
    assert [row.address for row in rows] == [DB]


def test_a_network_that_is_not_shown_is_unknown(tmp_path: Path) -> None:
    assert sockets.table(10, tmp_path) is None
    assert sockets.counters(10, tmp_path) == {}


def test_counters_are_the_kernels_own(tmp_path: Path) -> None:
    write_net(
        tmp_path,
        10,
        snmp="Ip: Forwarding\nIp: 1\nTcp: ActiveOpens AttemptFails EstabResets\nTcp: 5 2 1\n",
        netstat="TcpExt: Other ListenOverflows ListenDrops\nTcpExt: 9 3 4\n",
    )
    found = sockets.counters(10, tmp_path)
    assert found == {
        "ActiveOpens": 5,
        "AttemptFails": 2,
        "EstabResets": 1,
        "ListenOverflows": 3,
        "ListenDrops": 4,
    }


def test_a_real_listener_has_its_waiting_connections_in_the_table() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        rows = sockets.table(os.getpid())
        assert rows is not None
        port = server.getsockname()[1]
        (listening,) = (row for row in rows if row.local_port == port and row.state == sockets.LISTEN)
        assert listening.unread == 1
        assert set(sockets.COUNTED) <= set(sockets.counters(os.getpid()))

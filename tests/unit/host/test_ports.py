import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.errors import PortTaken
from lab.host import ports


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that this process listens on."""
    with socket.create_server((ports.LOOPBACK, 0)) as listener:
        yield listener.getsockname()[1]


def test_a_taken_port_is_named_with_its_holder(taken: int) -> None:
    with pytest.raises(PortTaken, match=f"port {taken} on 127.0.0.1 is taken") as caught:
        ports.require_free(taken)
    assert caught.value.exit_code == 3
    assert f"(pid {os.getpid()})" in (caught.value.where or "")
    assert "--port" in (caught.value.fix or "")


def test_a_port_taken_on_all_addresses_is_taken_on_the_loopback() -> None:
    with socket.create_server(("", 0)) as listener, pytest.raises(PortTaken, match="is taken"):
        ports.require_free(listener.getsockname()[1])


def test_a_holder_that_cannot_be_seen_is_said_to_be_so(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "holder", lambda _port: None)
    with pytest.raises(PortTaken) as caught:
        ports.require_free(taken)
    assert caught.value.where == "by a process that cannot be seen from here"


def test_a_free_port_can_be_taken() -> None:
    port = ports.free()
    ports.require_free(port)
    with socket.create_server((ports.LOOPBACK, port)):
        pass


def outgoing_from(proc: Path, first: int) -> Path:
    """A /proc of a kernel that gives outgoing connections ports from there on."""
    path = proc / "sys/net/ipv4/ip_local_port_range"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{first}\t60999\n")
    return proc


def test_a_free_port_is_none_that_an_outgoing_connection_is_given(tmp_path: Path) -> None:
    proc = outgoing_from(tmp_path, 11_300)
    found = {ports.free(proc=proc) for _ in range(50)}
    assert min(found) >= 10_240
    assert max(found) + 15 < 11_300


@pytest.mark.parametrize("first", [1_024, 10_300, None])
def test_where_connections_are_given_nearly_all_ports_or_nobody_knows_another_is_found(
    tmp_path: Path, first: int | None
) -> None:
    proc = tmp_path if first is None else outgoing_from(tmp_path, first)
    found = {ports.free(proc=proc) for _ in range(20)}
    assert len(found) > 10
    assert max(found) + 15 <= 65_535


def test_the_ports_after_a_free_one_are_free_too(monkeypatch: pytest.MonkeyPatch) -> None:
    free = ports.free()
    ports._chosen.clear()
    choices = iter([free - 15, free])
    monkeypatch.setattr("random.randint", lambda _low, _high: next(choices))
    with socket.create_server((ports.LOOPBACK, free - 1)):
        assert ports.free() == free


def test_no_port_is_given_twice_before_somebody_listens_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    choices = iter([20_000, 20_000, 20_015, 20_016])
    monkeypatch.setattr("random.randint", lambda _low, _high: next(choices))
    monkeypatch.setattr(ports, "_refusal", lambda _port: None)
    ports._chosen.clear()
    assert [ports.free(), ports.free()] == [20_000, 20_016]


def test_a_host_without_a_free_port_is_told_and_nobody_searches_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "_refusal", lambda _port: OSError())
    with pytest.raises(PortTaken, match="no 16 ports in a row are free"):
        ports.free()


def test_a_port_whose_last_connections_are_closing_counts_as_free() -> None:
    with socket.create_server((ports.LOOPBACK, 0)) as listener:
        port = int(listener.getsockname()[1])
        with socket.create_connection((ports.LOOPBACK, port)):
            listener.accept()[0].close()  # the server closes first: its side waits in TIME_WAIT
    ports.require_free(port)


def test_nobody_holds_a_port_that_nobody_listens_on(tmp_path: Path) -> None:
    assert ports.holder(ports.free()) is None
    assert ports.holder(80, proc=tmp_path) is None


def test_a_descriptor_that_is_closed_while_looking_hides_no_other(tmp_path: Path) -> None:
    table = tmp_path / "net/tcp"
    table.parent.mkdir()
    table.write_text("heading\n 0: 0100007F:1F90 00000000:0000 0A 0:0 0:0 0 0 0 4711 1\n")
    descriptors = tmp_path / "42/fd"
    descriptors.mkdir(parents=True)
    (descriptors / "5").symlink_to("socket:[4711]")
    for number in (3, 4, 6, 7):
        (descriptors / str(number)).touch()  # no link: reading it fails, as it does for one that has gone
    (tmp_path / "42/comm").write_text("server\n")
    assert ports.holder(8080, proc=tmp_path) == "server (pid 42)"
    assert ports.holder(8081, proc=tmp_path) is None

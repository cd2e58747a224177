import os
import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

import pytest

from lab.measure.evidence import calls, tasks
from tests.e2e.driving import eventually
from tests.unit.measure.evidence.evidence_proc import write_task


def test_all_processes_that_came_from_the_first_are_found(tmp_path: Path) -> None:
    write_task(tmp_path, 10, 10, children="11 12 ")
    write_task(tmp_path, 11, 11, children="13")
    write_task(tmp_path, 12, 12)
    write_task(tmp_path, 13, 13)
    assert tasks.processes(10, tmp_path) == [10, 11, 12, 13]


def test_a_thread_is_told_with_its_state_its_call_and_its_clocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "name", lambda number: {7: "poll"}[number])
    write_task(tmp_path, 10, 10, syscall="7 0x7ffe 0x1 0xffff 0x0 0x0 0x0 0x7ffe 0x7f\n")
    (task,) = tasks.read([10], {}, tmp_path)
    assert (task.pid, task.tid, task.state, task.call, task.peer) == (10, 10, "S", "poll", "")
    assert (task.cpu_s, task.waited_s) == (1.5, 0.25)


def test_a_thread_that_waits_on_a_socket_is_told_for_whom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "name", lambda number: {45: "recvfrom"}[number])
    folder = write_task(tmp_path, 10, 10, syscall="45 0x5 0x7ffe 0x1 0x0 0x0 0x0 0x7ffe 0x7f\n")
    (folder / "fd" / "5").symlink_to("socket:[777]")
    (task,) = tasks.read([10], {777: "db"}, tmp_path)
    assert (task.call, task.peer) == ("recvfrom", "db")
    assert tasks.read([10], {}, tmp_path)[0].peer == ""


@pytest.mark.parametrize("shown", ["running\n", "-1 0x7ffe 0x7f\n", ""])
def test_a_thread_in_no_call_or_whose_call_is_not_shown_has_none(tmp_path: Path, shown: str) -> None:
    write_task(tmp_path, 10, 10, syscall=shown)
    assert tasks.read([10], {}, tmp_path)[0].call is None


def test_a_thread_that_has_just_ended_is_left_out(tmp_path: Path) -> None:
    (write_task(tmp_path, 10, 10) / "stat").unlink()
    assert tasks.read([10, 99], {}, tmp_path) == ()


def test_no_more_threads_are_looked_at_than_a_look_can_afford(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "MOST_TASKS", 3)
    for tid in range(10, 20):
        write_task(tmp_path, 10, tid)
    assert len(tasks.read([10], {}, tmp_path)) == 3


def test_threads_of_this_process_are_there_with_their_clocks() -> None:
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    try:
        found = tasks.read([os.getpid()], {})
    finally:
        over.set()
        thread.join()
    assert len(found) >= 2
    assert max(task.cpu_s for task in found) > 0


@contextmanager
def waiting(wait: Callable[[socket.socket], object]) -> Iterator[tuple[int, int]]:
    """A thread of this process that waits on a socket, until the block ends; its id, and the inode of the socket."""
    ours, theirs = socket.socketpair()
    ids: Queue[int] = Queue()

    def run() -> None:
        ids.put(threading.get_native_id())
        wait(ours)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield ids.get(), os.fstat(ours.fileno()).st_ino
    finally:
        theirs.close()
        thread.join()
        ours.close()


def polled(ours: socket.socket) -> None:
    poll = select.poll()
    poll.register(ours, select.POLLIN)
    poll.poll()


WAITS: dict[str, Callable[[socket.socket], object]] = {
    "recvfrom": lambda ours: ours.recv(1),
    "poll": polled,
    "select": lambda ours: select.select([ours], [], []),
}


@pytest.mark.parametrize("how", WAITS)
def test_whoever_is_waited_for_in_whichever_call_is_told(how: str) -> None:
    with waiting(WAITS[how]) as (tid, inode):
        assert eventually(lambda: peer_of(tid, inode) == "db")


def peer_of(tid: int, inode: int) -> str:
    return next(task.peer for task in tasks.read([os.getpid()], {inode: "db"}) if task.tid == tid)


def test_a_list_that_cannot_be_read_or_is_long_names_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "name", lambda _: "poll")
    (tmp_path / "10").mkdir()
    (tmp_path / "10" / "mem").write_bytes(bytes(64))
    for arguments in ("0xffffffffffffffff 0x1", "0x10 0xffffffff", "0x7ffe 0x1"):
        write_task(tmp_path, 10, 10, syscall=f"7 {arguments} 0xffff 0x0 0x0 0x0 0x7ffe 0x7f\n")
        assert tasks.read([10], {777: "db"}, tmp_path)[0].peer == ""

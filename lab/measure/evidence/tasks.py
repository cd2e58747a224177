"""The threads of a tier: whether each runs or waits, in which system call, and for whom.

`/proc/PID/task/TID/syscall` is shown to root only. A thread that waits on a socket names the descriptor there, or where
in its memory a list of them stands; and the descriptor leads to the tier at the other end.
"""

import os
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from lab.host import kernelfiles
from lab.host.kernelfiles import PROC
from lab.measure.evidence import calls
from lab.model.evidence import Task

MOST_TASKS = 256
"""Of a tier that are looked at: reading thousands would take the CPU of what is looked at."""
NS_PER_S = 1e9
MOST_DESCRIPTORS = 64
"""Of a list that are looked at: who waits for many waits for whoever comes next."""
POLLED = struct.Struct("=ihh")
"""An entry of the list of poll(2): the descriptor, what is waited for, and what has come."""
_INODE = re.compile(r"socket:\[(\d+)\]")


def processes(root: int, proc: Path = PROC) -> list[int]:
    """The processes of a container by its first one: itself, and all that came from it."""
    found, waiting = list[int](), [root]
    while waiting:
        pid = waiting.pop(0)
        found.append(pid)
        for task in _children(proc / str(pid) / "task"):
            waiting += task
    return found


def _children(folder: Path) -> Iterator[list[int]]:
    for task in _listed(folder):
        yield [int(pid) for pid in kernelfiles.text(task / "children").split()]


def read(pids: list[int], peers: Mapping[int, str], proc: Path = PROC) -> tuple[Task, ...]:
    """Every thread of these processes, at most `MOST_TASKS`; `peers` is inode of a socket → tier at its other end."""
    tasks: list[Task] = []
    for pid in pids:
        for folder in _listed(proc / str(pid) / "task"):
            if len(tasks) == MOST_TASKS:
                return tuple(tasks)
            if (task := _task(pid, folder, peers)) is not None:
                tasks.append(task)
    return tuple(tasks)


def _task(pid: int, folder: Path, peers: Mapping[int, str]) -> Task | None:
    """None for a thread that has just ended."""
    # The name stands in parentheses and may itself hold spaces and parentheses.
    fields = kernelfiles.text(folder / "stat").rpartition(")")[2].split()
    if not fields:
        return None
    cpu_ns, waited_ns, *_ = [*kernelfiles.text(folder / "schedstat").split(), "0", "0"]
    call, descriptors = _call(kernelfiles.text(folder / "syscall"), folder.parent.parent / "mem")
    return Task(
        pid=pid,
        tid=int(folder.name),
        state=fields[0],
        call=call,
        peer=next((tier for one in descriptors if (tier := peers.get(_inode(folder / "fd" / str(one)), ""))), ""),
        cpu_s=int(cpu_ns) / NS_PER_S,
        waited_s=int(waited_ns) / NS_PER_S,
    )


def _call(told: str, memory: Path) -> tuple[str | None, Sequence[int]]:
    """The call's name and the descriptors that it is about."""
    number, *arguments = [*told.split(), ""]
    if not number.isdigit():  # it runs, or waits outside of any call, or is not shown
        return None, ()
    name = calls.name(int(number))
    given = [int(argument, 16) for argument in arguments if argument]
    if not given:
        return name, ()
    if name in calls.ON_A_DESCRIPTOR:
        return name, given[:1]
    if name in calls.ON_A_LIST:
        return name, [entry[0] for entry in POLLED.iter_unpack(_read(memory, given[0], POLLED.size * given[1]))]
    if name in calls.ON_SETS:
        return name, [one for at in given[1:3] if at for one in _set_bits(_read(memory, at, -(-given[0] // 8)))]
    return name, ()


def _read(memory: Path, at: int, size: int) -> bytes:
    """Bytes of a process's memory; none where it is not shown, has changed, or is more than a few descriptors."""
    if size > POLLED.size * MOST_DESCRIPTORS:
        return b""
    try:
        with memory.open("rb", buffering=0) as file:
            found = os.pread(file.fileno(), size, at)
    except (OSError, OverflowError):  # an address may be any number
        return b""
    return found if len(found) == size else b""


def _set_bits(found: bytes) -> Iterator[int]:
    number = int.from_bytes(found, "little")
    return (bit for bit in range(number.bit_length()) if number >> bit & 1)


def _inode(descriptor: Path) -> int:
    try:
        found = _INODE.fullmatch(str(descriptor.readlink()))
    except OSError:
        return 0
    return int(found[1]) if found else 0


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir(), key=lambda path: int(path.name))
    except OSError:
        return []

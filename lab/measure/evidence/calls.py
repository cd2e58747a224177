"""Names of the system calls in which a thread can wait, by their numbers."""

import platform
from collections.abc import Mapping

_X86_64 = {
    0: "read",
    1: "write",
    7: "poll",
    16: "ioctl",
    17: "pread64",
    18: "pwrite64",
    19: "readv",
    20: "writev",
    23: "select",
    34: "pause",
    35: "nanosleep",
    42: "connect",
    43: "accept",
    44: "sendto",
    45: "recvfrom",
    46: "sendmsg",
    47: "recvmsg",
    61: "wait4",
    65: "semop",
    72: "fcntl",
    73: "flock",
    74: "fsync",
    75: "fdatasync",
    128: "rt_sigtimedwait",
    130: "rt_sigsuspend",
    202: "futex",
    208: "io_getevents",
    219: "restart_syscall",
    220: "semtimedop",
    230: "clock_nanosleep",
    232: "epoll_wait",
    247: "waitid",
    270: "pselect6",
    271: "ppoll",
    281: "epoll_pwait",
    288: "accept4",
    299: "recvmmsg",
    426: "io_uring_enter",
    441: "epoll_pwait2",
    449: "futex_waitv",
}
_AARCH64 = {
    22: "epoll_pwait",
    25: "fcntl",
    29: "ioctl",
    32: "flock",
    63: "read",
    64: "write",
    65: "readv",
    66: "writev",
    67: "pread64",
    68: "pwrite64",
    72: "pselect6",
    73: "ppoll",
    82: "fsync",
    83: "fdatasync",
    95: "waitid",
    98: "futex",
    101: "nanosleep",
    115: "clock_nanosleep",
    128: "restart_syscall",
    133: "rt_sigsuspend",
    137: "rt_sigtimedwait",
    202: "accept",
    203: "connect",
    206: "sendto",
    207: "recvfrom",
    211: "sendmsg",
    212: "recvmsg",
    242: "accept4",
    260: "wait4",
    426: "io_uring_enter",
    441: "epoll_pwait2",
}
_NAMES: Mapping[str, Mapping[int, str]] = {"x86_64": _X86_64, "aarch64": _AARCH64}
ON_A_DESCRIPTOR = frozenset({"read", "write", "recvfrom", "recvmsg", "connect", "accept", "accept4"})
"""Calls whose first argument is the file or socket that they wait for."""
ON_A_LIST = frozenset({"poll", "ppoll"})
"""Calls whose first two arguments are a list of descriptors in the process's memory, and its length."""
ON_SETS = frozenset({"select", "pselect6"})
"""Calls whose first argument is a number of descriptors, and whose next two are sets of so many bits in its memory."""


def name(number: int, *, machine: str = platform.machine()) -> str:
    """The name of a system call on this architecture, or its number as text."""
    return _NAMES.get(machine, {}).get(number, str(number))

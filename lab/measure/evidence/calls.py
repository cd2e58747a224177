"""Names of the system calls in which a thread can wait, by their numbers."""

import platform
from collections.abc import Mapping

_X86_64 = {
    0: "read",
    1: "write",
    7: "poll",
    23: "select",
    35: "nanosleep",
    42: "connect",
    43: "accept",
    45: "recvfrom",
    47: "recvmsg",
    61: "wait4",
    73: "flock",
    74: "fsync",
    128: "rt_sigtimedwait",
    202: "futex",
    230: "clock_nanosleep",
    232: "epoll_wait",
    270: "pselect6",
    271: "ppoll",
    281: "epoll_pwait",
    288: "accept4",
    441: "epoll_pwait2",
}
_AARCH64 = {
    22: "epoll_pwait",
    32: "flock",
    63: "read",
    64: "write",
    72: "pselect6",
    73: "ppoll",
    82: "fsync",
    98: "futex",
    101: "nanosleep",
    115: "clock_nanosleep",
    137: "rt_sigtimedwait",
    202: "accept",
    203: "connect",
    207: "recvfrom",
    212: "recvmsg",
    242: "accept4",
    260: "wait4",
    441: "epoll_pwait2",
}
_NAMES: Mapping[str, Mapping[int, str]] = {"x86_64": _X86_64, "aarch64": _AARCH64}
ON_A_DESCRIPTOR = frozenset({"read", "write", "recvfrom", "recvmsg", "connect", "accept", "accept4"})
"""Calls whose first argument is the file or socket that they wait for."""


def name(number: int, *, machine: str = platform.machine()) -> str:
    """The name of a system call on this architecture, or its number as text."""
    return _NAMES.get(machine, {}).get(number, str(number))

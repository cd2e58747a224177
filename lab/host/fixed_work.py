"""A program of its own: does a fixed piece of work again and again on given cores, and prints how long it took.

    python fixed_work.py CPUS SHARE PIECE…      (CPUS as 0,1; of one core; pieces as in `PIECES`)

Each line is: when (seconds of the monotonic clock), the core, the nanoseconds of CPU time that this process has used so
far, and those of each piece. The pieces do what a server does: calls of the kernel, memory that no near cache holds,
small objects. A loop of integers, which hardly slows down where a server does, pipes, and a second thread are there to
be compared with.

It imports the standard library only, because it is started without the lab's packages, and sleeps so long that it uses
at most that share of one core.
"""

import gc
import json
import os
import random
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from operator import itemgetter

EVERY_S = 0.5
"""At the usual share; at a larger one more often."""
SHARE = 0.004
"""Of one core, at most, unless it is told another."""
ROUND_TRIPS = 30
"""Over loopback TCP, as between a client and a server."""
REACHED = 4_000
"""Objects out of `HELD`, in an order that no prefetcher guesses."""
HELD = 400_000
"""Objects of 32 bytes and a list of them: 16 MB, more than a near cache has."""
DOCUMENTS = 25
ADDED = 6_000
_beside: list[int] = []
"""The threads that pieces have beside the main one: they must be on the same core."""


def calls() -> Callable[[], object]:
    """A message to and fro over a connection of loopback TCP: mostly the kernel's work."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        near = socket.create_connection(listening.getsockname())
        far, _ = listening.accept()
    for end in (near, far):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    message = b"x" * 120

    def work() -> None:
        for _ in range(ROUND_TRIPS):
            near.sendall(message)
            far.sendall(far.recv(512))
            near.recv(512)

    return work


def pipes() -> Callable[[], object]:
    """A message to and fro through two pipes of one process: system calls, and no network."""
    (near_in, far_out), (far_in, near_out) = os.pipe(), os.pipe()
    message = b"x" * 120

    def work() -> None:
        for _ in range(ROUND_TRIPS):
            os.write(near_out, message)
            os.write(far_out, os.read(far_in, 512))
            os.read(near_in, 512)

    return work


def switches() -> Callable[[], object]:
    """The same with another thread, which sleeps until it is woken: what a request costs that comes alone."""
    (near_in, far_out), (far_in, near_out) = os.pipe(), os.pipe()

    def answer() -> None:
        while True:
            os.write(far_out, os.read(far_in, 512))

    beside = threading.Thread(target=answer, daemon=True)
    beside.start()
    _beside.append(beside.native_id or 0)

    def work() -> None:
        for _ in range(ROUND_TRIPS):
            os.write(near_out, b"x")
            os.read(near_in, 512)

    return work


def memory() -> Callable[[], object]:
    """Objects reached at random: each is a miss of the near caches."""
    held = [float(number) for number in range(HELD)]
    chosen = random.Random(1).sample(range(HELD), REACHED)  # noqa: S311 - the same places each time, no secret
    reach = itemgetter(*chosen)
    return lambda: reach(held)


def objects() -> Callable[[], object]:
    """Small documents written and read: allocation, branches, tables of names."""
    document = {"id": 7, "name": "an item", "price": 12.5, "tags": ["a", "b"], "stock": {"here": 3, "there": None}}

    def work() -> None:
        for _ in range(DOCUMENTS):
            json.loads(json.dumps(document))

    return work


def integers() -> Callable[[], object]:
    """A sum in registers and the nearest cache."""

    def work() -> int:
        total = 0
        for number in range(ADDED):
            total += number & 7
        return total

    return work


PIECES: dict[str, Callable[[], Callable[[], object]]] = {
    "calls": calls,
    "pipes": pipes,
    "switches": switches,
    "memory": memory,
    "objects": objects,
    "integers": integers,
}


def timed(work: Callable[[], object]) -> int:
    """The nanoseconds of CPU time that this process needs for it."""
    before = time.process_time_ns()
    work()
    return time.process_time_ns() - before


def readings(cpus: list[int], names: list[str], share: float = SHARE) -> Iterator[str]:
    """One line for each time that the work was done; the cores take turns."""
    gc.disable()  # a collection in the middle of a piece would be counted to it
    pieces = [PIECES[name]() for name in names]
    number = 0
    while True:
        cpu = cpus[number % len(cpus)]
        for thread in (0, *_beside):
            os.sched_setaffinity(thread, {cpu})
        pieces[0]()  # what was thrown out of the caches while it slept is not the core's speed
        began = time.process_time_ns()
        spent = [timed(work) for work in pieces]
        yield f"{time.monotonic():.6f} {cpu} {time.process_time_ns()} {' '.join(map(str, spent))}"
        used_s = (time.process_time_ns() - began) / 1e9
        time.sleep(max(EVERY_S * SHARE / share, used_s / share))
        number += 1


def main() -> None:
    """Until whoever started it closes the other end."""
    cpus, share, names = [int(cpu) for cpu in sys.argv[1].split(",")], float(sys.argv[2]), sys.argv[3:]
    for line in readings(cpus, names, share):
        try:
            print(line, flush=True)
        except BrokenPipeError:
            os._exit(0)  # nobody is left to be told


if __name__ == "__main__":
    main()

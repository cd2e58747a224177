"""A network beyond this host, to see whether a container reaches it."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.driving import PATIENCE_S

OUTSIDE, NEAR = "198.19.231.2", "198.19.231.1"
"""An address beyond this host, as a container sees it, and this host's own beside it."""
REACH = """\
import sys, time, urllib.request
end = time.monotonic() + float(sys.argv[2])
while True:
    try:
        print(urllib.request.urlopen(sys.argv[1], timeout=1).status)
        break
    except OSError:
        if time.monotonic() > end:
            print("cut off")
            break
"""
"""Prints the status of an address, or that it is cut off after so many seconds."""


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[str]:
    """A listener on a network beyond this host, which knows no way to a container's own address."""
    commands = (
        "ip netns add lab-outside",
        "ip link add lab-out0 type veth peer name lab-out1 netns lab-outside",
        f"ip addr add {NEAR}/30 dev lab-out0",
        "ip link set lab-out0 up",
        f"ip -n lab-outside addr add {OUTSIDE}/30 dev lab-out1",
        "ip -n lab-outside link set lab-out1 up",
    )
    _leave_outside()  # a run that was killed, or a machine that went down under it, leaves the name behind
    try:
        for command in commands:
            subprocess.run(command.split(), check=True)
        serve = ("python3", "-m", "http.server", "8000", "--bind", OUTSIDE, "--directory", str(tmp_path))
        server = subprocess.Popen(["ip", "netns", "exec", "lab-outside", *serve], stderr=subprocess.DEVNULL)
        try:
            _wait_for_it()
            yield f"http://{OUTSIDE}:8000/"
        finally:
            server.terminate()
            server.wait()
    finally:
        _leave_outside()


def _wait_for_it() -> None:
    """Until the listener answers this host."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        with suppress(OSError), socket.create_connection((OUTSIDE, 8000), timeout=1):
            return
        assert time.monotonic() < deadline, "nobody listens outside"
        time.sleep(0.05)


def _leave_outside() -> None:
    """Remove the network beyond this host, whichever part of it there is."""
    for command in ("ip link del lab-out0", "ip netns del lab-outside"):
        subprocess.run(command.split(), check=False, stderr=subprocess.DEVNULL)

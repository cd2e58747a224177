"""Whether packets between two containers of one network pass the host's iptables, as if they were routed.

Linux does that by default once its bridge filter is there. It costs CPU in every request and belongs to no
stack, and Docker does not rely on it: it keeps networks apart where packets are routed between them.
"""

from pathlib import Path

from lab.host.say import Say

SWITCH = Path("/proc/sys/net/bridge/bridge-nf-call-iptables")
NAME = "net.bridge.bridge-nf-call-iptables"


def filtering(switch: Path = SWITCH) -> bool | None:
    """Tell whether bridged packets pass iptables; None where the kernel has no bridge filter to ask."""
    try:
        return switch.read_text().strip() != "0"
    except OSError:
        return None


def stop_filtering(say: Say, switch: Path = SWITCH) -> None:
    """Let packets between containers pass untouched; a kernel that does not allow it is reported and left alone."""
    if not filtering(switch):
        return
    try:
        switch.write_text("0")
    except OSError as error:
        say(f"{NAME} stays on: {error.strerror}")
    else:
        say(f"{NAME} set to 0: packets between containers need not pass the host's iptables")

"""disk-full: no byte is left where a store writes. Its volume is a disk in memory of a fixed size, never the host's."""

from collections.abc import Sequence

from lab.deploy.override import Beside
from lab.faults.fault import POSTGRES, REDIS, Fault, Ground, Site, run_inside, started_again

SERVICE = "disk"
"""Holds the disk: it is gone with the last container that uses it, and the store may die of the fault."""
SIZE_MIB = {POSTGRES: 384, REDIS: 64}
_AT = "/disk"
_FILE = f"{_AT}/filled-by-lab-break"


def tiers(ground: Ground) -> Sequence[str]:
    """The stores with a volume."""
    return tuple(tier for tier in ground.being(*SIZE_MIB) if ground.volume(tier))


def beside(ground: Ground, tier: str) -> Beside:
    """The store's volume as a tmpfs, and a container of the store's own image that holds it."""
    volume, _ = ground.volume(tier) or ("", "")
    size_mib = SIZE_MIB[ground.stack.tiers[tier]]
    return Beside(
        services={
            SERVICE: {
                "image": ground.services[tier]["image"],
                "command": ["sleep", "infinity"],
                "init": True,
                "user": "10001:10001",
                "read_only": True,
                "cap_drop": ["ALL"],
                "network_mode": "none",
                "healthcheck": {"disable": True},
                # What the image has at that place is copied in by the store itself.
                "volumes": [{"type": "volume", "source": volume, "target": _AT, "volume": {"nocopy": True}}],
            }
        },
        memory_mib=size_mib + 64,
        volumes={
            volume: {
                "driver": "local",
                "driver_opts": {"type": "tmpfs", "device": "tmpfs", "o": f"size={size_mib}m,uid=10001,gid=10001"},
            }
        },
    )


def inject(site: Site) -> None:
    """Write until nothing goes in any more."""
    fill = f"dd if=/dev/zero of={_FILE} bs=64k 2>/dev/null; dd if=/dev/zero bs=512 >> {_FILE} 2>/dev/null"
    run_inside(site.containers[SERVICE], f'{fill}; test "$(df --output=avail {_AT} | tail -n 1)" -eq 0')


def undo(site: Site) -> str:
    """Make room, and start the store if it died of it."""
    mib = run_inside(site.containers[SERVICE], f"du -m {_FILE} | cut -f 1; rm {_FILE}")
    died = started_again(site.container)
    return f"{mib} MiB were written until it was full; {site.tier} " + ("died of it" if died else "stayed up")


FAULT = Fault(
    name="disk-full",
    words="disk of {tier} full",
    needs="only a Postgres or a Redis that writes to a volume can",
    tiers=tiers,
    inject=inject,
    undo=undo,
    beside=beside,
)

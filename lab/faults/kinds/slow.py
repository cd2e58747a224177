"""slow: what a store answers comes late, by Toxiproxy, which stands before it from the start."""

from collections.abc import Sequence

from lab.deploy.override import Beside
from lab.faults.fault import POSTGRES, REDIS, Fault, Ground, Site, run_inside

PORTS = {POSTGRES: 5432, REDIS: 6379}
SERVICE = "slow"
LATE_MS = 500
"""So long takes an answer longer; half as much again or less, as it comes."""
JITTER_MS = 250
_TOXIC = "late"


def tiers(ground: Ground) -> Sequence[str]:
    """The stores to which a setting leads."""
    return tuple(tier for tier in ground.being(*PORTS) if _setting(tier) in ground.stack.settings)


def beside(ground: Ground, tier: str) -> Beside:
    """Toxiproxy in the store's networks, and the setting that leads to it. It passes all on until it is told."""
    port = PORTS[ground.stack.tiers[tier]]
    # The container starts before the store has its address: Toxiproxy looks it up for each connection.
    make = f"toxiproxy-cli create --listen 0.0.0.0:{port} --upstream {tier}:{port} {tier}"
    run = f"toxiproxy-server & until {make}; do sleep 0.1; done; wait"
    return Beside(
        services={
            SERVICE: {"command": ["sh", "-c", run], "networks": sorted(ground.services[tier].get("networks") or {})}
        },
        settings={_setting(tier): SERVICE},
        files=(ground.compose / "slow.yaml",),
    )


def inject(site: Site) -> None:
    """Begin to be late."""
    toxic = f"--type latency --attribute latency={LATE_MS} --attribute jitter={JITTER_MS}"
    run_inside(site.containers[SERVICE], f"toxiproxy-cli toxic add {toxic} --toxicName {_TOXIC} {site.tier}")


def undo(site: Site) -> str:
    """Be in time again."""
    run_inside(site.containers[SERVICE], f"toxiproxy-cli toxic remove --toxicName {_TOXIC} {site.tier}")
    return f"each answer of it came {LATE_MS} ± {JITTER_MS} ms late"


def _setting(tier: str) -> str:
    return f"{tier.upper()}_HOST"


FAULT = Fault(
    name="slow",
    words="{tier} slow",
    needs="only a store can whose host is a setting of the stack, as POSTGRES_HOST is",
    tiers=tiers,
    inject=inject,
    undo=undo,
    beside=beside,
    shown=("postgres", "redis"),
)

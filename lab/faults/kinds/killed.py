"""killed: the tier's processes get SIGKILL; at the end it is started again, as an operator or a supervisor would."""

from collections.abc import Sequence

from lab.engine.client import in_words
from lab.faults.fault import Fault, Ground, Site, started_again

USUAL = ("app", "worker", "postgres", "redis")
"""The tiers whose loss users notice first."""


def tiers(ground: Ground) -> Sequence[str]:
    """All."""
    return tuple(sorted(ground.stack.tiers, key=lambda tier: tier not in USUAL))


def inject(site: Site) -> None:
    """Kill it."""
    with in_words():
        site.container.kill("SIGKILL")


def undo(site: Site) -> str:
    """Start it."""
    return "started again" if started_again(site.container) else "was running"


FAULT = Fault(
    name="killed",
    words="{tier} killed",
    needs="any tier can",
    tiers=tiers,
    inject=inject,
    undo=undo,
    shown=USUAL,
)

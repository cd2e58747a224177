"""paused: the tier's clock stops. Its connections stay, and nothing answers on them: worse than dead, which is seen."""

from collections.abc import Sequence

from lab.engine.client import in_words
from lab.faults.fault import Fault, Ground, Site
from lab.faults.kinds import killed


def tiers(ground: Ground) -> Sequence[str]:
    """All, as they can be killed."""
    return killed.tiers(ground)


def inject(site: Site) -> None:
    """Stop its clock."""
    with in_words():
        site.container.pause()


def undo(site: Site) -> str:
    """Let it go on."""
    with in_words():
        site.container.reload()
        if site.container.status != "paused":
            return "was not paused any more"
        site.container.unpause()
    return "went on"


FAULT = Fault(
    name="paused",
    words="{tier} paused",
    needs="any tier can",
    tiers=tiers,
    inject=inject,
    undo=undo,
    shown=("postgres", "redis"),
)

"""Processes that end under the load, and those that begin in their place."""

from collections.abc import Iterator

from lab.diagnosis import facts
from lab.diagnosis.finding import Clue
from lab.model.evidence import Evidence, TierLook

AGAIN = 2
"""Processes that were replaced: one may have met with an accident."""
NOBODY_SHARE = 0.2
"""Of the looks since the first was replaced, in which requests stood at the door and a process was there for none."""


def restarts(observed: Evidence) -> Iterator[Clue]:
    """Processes of a tier are replaced again and again, and requests stand at the door until the next one is ready.

    A process for each connection is no replacement: of those there are more under load than at rest. Where the tier
    itself has written why they end, that is the cause.
    """
    for tier in observed.tiers:
        resting = {task.pid for task in observed.at_rest.tiers[tier].tasks or ()}
        found = facts.processes(observed, tier)
        begun = set[int]().union(*found) - resting
        gone = (resting | begun) - found[-1]
        most = max(len(pids) for pids in found)
        told = any(said.about == "worker-timeout" for said in observed.said.get(tier, ()))
        if told or not found[-1] or min(len(begun), len(gone)) < AGAIN or most > len(resting) + 1:
            continue
        since_s = next(look.at_s for look, pids in zip(observed.looks, found, strict=True) if pids & begun)
        looks = [look.tiers[tier] for look in observed.looks if look.at_s >= since_s]
        waited = sum(_nobody_takes(look, workers=max(len(resting) - 1, 1)) for look in looks)
        if waited >= NOBODY_SHARE * len(looks):
            replaced = min(len(begun), len(gone))
            yield Clue(
                cause="restarts",
                tier=tier,
                since_s=since_s,
                evidence=(
                    (
                        f"{replaced} processes of {tier} ended, and others began in their place; in {waited} of "
                        f"{len(looks)} looks since then requests stood at its door, and too few processes were ready "
                        "to take them in."
                    ),
                ),
            )


def _nobody_takes(look: TierLook, *, workers: int) -> bool:
    """Whether requests stand at the door while fewer are in hand than there are processes besides the first."""
    found = look.sockets
    return found is not None and found.to_accept > 0 and found.in_hand < workers

"""What a tier keeps of every request: memory or open files that grow as steadily in the end as at first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from lab.diagnosis import facts
from lab.figures.numbers import number_text, time_text, whole_text
from lab.model.evidence import Evidence, TierLook

LEAST_MIB = 32.0
LEAST_MIB_EACH = 0.1
LEAST_FILES = 20
LEAST_FILES_EACH = 0.2
"""Of an answer: what a cache or a pool takes at first is less, or soon over."""
THIRDS = 3
STEADY = 0.5
"""Times the mean of the thirds: none may have grown by less."""
LATE = 0.8
"""Of the looks: what has grown no more since then has stopped, unless at its limit."""
AT_LIMIT = 0.95
SOCKETS_SHARE = 0.1
"""Of the answers: where more connections came than that, what grew may be theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Of one tier, from the first look to the one with the most."""

    what: str
    unit: str
    by: float
    each: float
    """For a request."""
    left: float | None
    """Requests until its limit is reached; None where it has none, or that is reached."""
    rate: float
    """Requests a second."""

    @property
    def told(self) -> str:
        """A sentence on it."""
        by, each = f"{whole_text(round(self.by))}{self.unit}", f"{number_text(self.each)}{self.unit} a request"
        end = ""
        if self.left:
            away = f"{whole_text(round(self.left))} requests away, {time_text(self.left / self.rate)} at this rate"
            end = f": its limit is {away}"
        return f"{self.what} grew by {by}, {each}, as steadily in the end as at first{end}."


def of_memory(observed: Evidence, tier: str) -> Growth | None:
    """MiB that the tier kept; None where it did not."""
    found = _growth(
        observed,
        tier,
        lambda look: look.memory_mib,
        lambda look: look.limit_mib,
        what=f"Memory of {tier}",
        unit=" MiB",
    )
    return found if found and found.by >= LEAST_MIB and found.each >= LEAST_MIB_EACH else None


def of_files(observed: Evidence, tier: str) -> Growth | None:
    """Files that the tier's fullest process kept open; None where it did not."""
    found = _growth(
        observed,
        tier,
        lambda look: look.files.open if look.files else None,
        lambda look: look.files.limit if look.files else None,
        what=f"Open files of {tier}",
        unit="",
    )
    return found if found and found.by >= LEAST_FILES and found.each >= LEAST_FILES_EACH else None


def remarks(observed: Evidence) -> tuple[str, ...]:
    """A sentence on each tier that keeps something of every request."""
    found = (read(observed, tier) for tier in observed.tiers for read in (of_memory, of_files))
    return tuple(growth.told for growth in found if growth)


def _growth(
    observed: Evidence,
    tier: str,
    read: Callable[[TierLook], float | None],
    limit: Callable[[TierLook], float | None],
    *,
    what: str,
    unit: str,
) -> Growth | None:
    looks = [(look.at_s, look.tiers[tier]) for look in observed.looks if look.tiers[tier].running]
    killed = next((place for place, (_, look) in enumerate(looks) if look.killed_for_memory), None)
    points = [(at_s, value) for at_s, look in looks[:killed] if (value := read(look)) is not None]
    if len(points) <= THIRDS or _is_crowded(observed, [look for _, look in looks]):
        return None
    values = [value for _, value in points]
    most, highest = values.index(max(values)), limit(looks[0][1])
    at_limit = killed is not None or (highest is not None and values[most] >= AT_LIMIT * highest)
    if most < THIRDS or not (at_limit or most >= LATE * (len(values) - 1)) or not _is_steady(values[: most + 1]):
        return None
    by, rate = values[most] - values[0], observed.course.rate
    each = by / (rate * (points[most][0] - points[0][0]))
    left = (highest - values[most]) / each if highest and not at_limit else None
    return Growth(what=what, unit=unit, by=by, each=each, left=left, rate=rate)


def _is_steady(values: Sequence[float]) -> bool:
    marks = [values[round(part * (len(values) - 1) / THIRDS)] for part in range(THIRDS + 1)]
    grown = [after - before for before, after in pairwise(marks)]
    return min(grown) >= STEADY * sum(grown) / THIRDS > 0


def _is_crowded(observed: Evidence, looks: Sequence[TierLook]) -> bool:
    """Whether so many connections came that what grew may be theirs."""
    open_ones = [
        look.sockets.accepted + sum(link.open for link in look.sockets.towards.values())
        for look in looks
        if look.sockets
    ]
    came = max(open_ones) - open_ones[0] if open_ones else facts.under_way(observed)
    return came > SOCKETS_SHARE * observed.course.answered

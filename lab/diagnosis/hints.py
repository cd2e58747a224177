"""What can be said of a stack in which something gave way, and no rule says what."""

from collections.abc import Iterator

from lab.diagnosis import facts
from lab.diagnosis.symptoms import FEW
from lab.figures.numbers import number_text, time_text, whole_text
from lab.model.evidence import Evidence

MOST_OF_THEM = 0.5
"""Of the requests that were under way: where so many are, they wait."""
LINE = 2.0
"""Times as many in hand as the time of one alone asks for: no line is shorter."""


def held(observed: Evidence) -> Iterator[str]:
    """The innermost tier that had the requests in hand, and how many at a time it answered by Little's law.

    So a semaphore inside of an event loop shows, of which the kernel knows nothing.
    """
    waiting = facts.under_way(observed)
    holding = [tier for tier in observed.tiers if facts.taken_in(observed, tier) >= max(MOST_OF_THEM * waiting, FEW)]
    per_s = facts.answered_per_s(observed)
    if not holding or not per_s or not observed.alone_s:
        return
    in_hand, at_once = facts.taken_in(observed, holding[-1]), max(round(per_s * observed.alone_s), 1)
    if in_hand >= LINE * at_once:
        yield (
            f"{holding[-1]} had {whole_text(round(in_hand))} requests in hand and answered {number_text(per_s)}/s, "
            f"which is {whole_text(at_once)} at a time of {time_text(observed.alone_s)} each: look there for what lets "
            "no more through"
        )

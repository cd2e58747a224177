"""How much of the stack's cores somebody else used: a rule that measuring and judging share, and its words."""

import math
from collections.abc import Sequence

from lab.model import ForeignCpu

CONTAMINATED_SHARE = 0.03
"""Of the stack's cores, above what ran there while all was frozen: from here on it is said, and measured again."""
MOST_AT_REST = 0.05
"""Of the cores: where more than that runs while all is frozen, the host is not at rest, and what is above counts."""
FEWEST_S = 4.9
"""Of one core: a shorter time says nothing of so small a share. A turn of five seconds ends some milliseconds early."""


def share(found: Sequence[ForeignCpu | None]) -> float | None:
    """The share of the stack's cores in some rounds that nothing of the run explains, above the baseline.

    None where the kernel does not tell it of one of them, or where all together are shorter than `FEWEST_S`.
    """
    told = [one for one in found if one is not None]
    capacity = sum(one.capacity_s for one in told)
    if not told or len(told) < len(found) or capacity < FEWEST_S:
        return None
    return sum(one.unexplained_s - min(one.idle_share, MOST_AT_REST) * one.capacity_s for one in told) / capacity


def words(found: Sequence[ForeignCpu | None], *, above: float = CONTAMINATED_SHARE, up_to: float = math.inf) -> str:
    """What is said of others whose share is above one bound and not above another; nothing of any other share."""
    used = share(found)
    if used is None or not above < used <= up_to:
        return ""
    return f"processes that are no part of the run used {used:.0%} of the stack's cores"

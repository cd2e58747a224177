"""Throughput of a round once all clients are connected."""

from lab.model import LoadResult

RAMP_S = 1.0
"""Left out at the start of each round: 2000 clients that connect are not being served."""
RAMP_SHARE = 0.25
"""Of a short round, left out at most."""
SLOTS_PER_S = 10


def steady_rate(result: LoadResult) -> float:
    """Answers per second from the end of the ramp to the last whole tenth of a second of the load."""
    whole = int(result.elapsed_s * SLOTS_PER_S)
    ramp = int(min(RAMP_S, result.elapsed_s * RAMP_SHARE) * SLOTS_PER_S)
    slots = (*result.per_100ms, *[0] * whole)[ramp:whole]
    return sum(slots) * SLOTS_PER_S / len(slots) if slots else 0.0

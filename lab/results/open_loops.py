"""Rounds of an open loop → what they tell beside the latency: the p99 of each round, drops, service time, send lag."""

from collections.abc import Sequence

from lab.figures import stats
from lab.load import histogram
from lab.model import Estimate, OpenLoop, Sample


def summarise(samples: Sequence[Sample]) -> OpenLoop | None:
    """Over all rounds; None of another load."""
    rounds = [sample.result.open_loop for sample in samples if sample.result.open_loop]
    if not rounds:
        return None
    return OpenLoop(
        p99_ms=_p99_ms(samples),
        offered=sum(one.offered for one in rounds),
        dropped=sum(one.dropped for one in rounds),
        service_ms=histogram.latency(one.service for one in rounds),
        send_lag_ms=histogram.latency(one.send_lag for one in rounds),
    )


def _p99_ms(samples: Sequence[Sample]) -> Estimate | None:
    """Each round has a p99 of its own: rounds are the unit of all intervals."""
    found = [histogram.latency([sample.result.histogram]) for sample in samples]
    known = [latency.p99 for latency in found if latency]
    return stats.estimate(known) if len(known) == len(samples) else None

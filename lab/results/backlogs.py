"""Of work that was accepted and not done: how fast it was finished, and how much of it was left."""

from collections.abc import Sequence

from lab.figures import stats
from lab.model import BacklogResult, Sample


def summarise(samples: Sequence[Sample]) -> BacklogResult | None:
    """Over all rounds; None where one of them does not tell."""
    found = [sample.backlog for sample in samples if sample.backlog is not None]
    if not found or len(found) < len(samples):
        return None
    return BacklogResult(
        finished_per_second=stats.estimate([one.finished / one.seconds for one in found]),
        waiting=stats.estimate([float(one.waiting) for one in found]),
    )

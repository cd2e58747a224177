"""Rounds that weighed a stack → its footprint: every time and every amount of memory with its interval."""

from collections.abc import Mapping, Sequence
from statistics import median_high

from lab.figures import stats
from lab.model import DeploymentFacts, Footprint, Sample


def summarise(samples: Sequence[Sample], facts: DeploymentFacts | None) -> Footprint | None:
    """The footprint of a cell; None if none of its rounds weighed the stack."""
    weighed = [(sample, sample.footprint) for sample in samples if sample.footprint is not None]
    if not weighed:
        return None
    found = [footprint for _, footprint in weighed]
    return Footprint(
        cold_start_s=stats.estimate([one.cold_start_s for one in found]),
        warm_start_s=stats.estimate([one.warm_start_s for one in found]),
        idle_mib=stats.by_part([one.idle_mib for one in found]),
        peak_mib=stats.by_part([sample.memory_mib for sample, _ in weighed]),
        rebuild_s=stats.estimate([one.rebuild_s for one in found]),
        containers=len(found[0].idle_mib),
        processes=_usual([one.processes for one in found if one.processes.keys() == one.idle_mib.keys()]),
        image_mib=facts.image_mib if facts else None,
        unique_mib=facts.unique_mib if facts else None,
        config_lines=facts.config_lines if facts else None,
        cache_dropped=all(one.cache_dropped for one in found),
    )


def _usual(rounds: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """The middle count of each service, then their total: a health check may run at the moment of one count.

    Only of rounds in which every service could be counted: a total that lacks one is none.
    """
    if not rounds:
        return {}
    middle = {service: median_high([one[service] for one in rounds]) for service in rounds[0]}
    return {"total": sum(middle.values()), **middle}

"""What was in a stack's way that is no part of it: other processes, the hypervisor, the kernel's limits, slow cores.

Each threshold is a named constant; docs/method.md argues for it. What the kernel and the engine do not tell disturbs
nobody: unknown is not 0, and a note says that nobody knows.
"""

from collections.abc import Iterator, Sequence

from lab.figures import contamination, known, speed
from lab.figures.numbers import count_text, number_text, whole_text
from lab.model import Budget, DuetSample, Sample, SpeedRange

STEAL_SHARE = 0.05
"""Of the host's CPU time, taken by its hypervisor."""
FOREIGN_SHARE = 0.15
"""Of the host's CPU time, or of the stack's cores, used by what is neither stack nor load: then a row is not ranked."""
THROTTLED_SHARE = 0.01
"""Of the time, in which a quota kept a tier from running."""
LOAD_SATURATED = 0.8
"""Of a core, by one thread of the load, or of all of the load's cores together."""
STACK_SATURATED = 0.95
"""Of the stack's cores: where these are full, the stack was the limit, whatever the load used."""
STACK_IDLE = 0.5
"""Of the stack's cores: a single round in which a full load left it so little to do is the load's doing."""


def reasons(samples: Sequence[Sample]) -> Iterator[str]:
    """Why what was measured is not the stack's own doing."""
    yield from _host(samples)
    if why := contamination.words([sample.foreign for sample in samples], above=FOREIGN_SHARE):
        yield why
    for tier, kills in _oom_kills(samples).items():
        yield f"the kernel killed {count_text(kills, 'process')} of {tier} for want of memory (OOM)"
    for tier, throttled in _throttled(samples).items():
        if throttled > THROTTLED_SHARE:
            yield f"the kernel throttled {tier} for {throttled:.0%} of the time: its CPU quota was used up"


def notes(samples: Sequence[Sample], *, run: SpeedRange | None) -> Iterator[str]:
    """What a careful reader should know of it although the row may be ranked; `run` are all readings of the run."""
    if why := contamination.words([sample.foreign for sample in samples], up_to=FOREIGN_SHARE):
        yield why
    for tier, throttled in _throttled(samples).items():
        if 0 < throttled <= THROTTLED_SHARE:
            yield f"the kernel throttled {tier} for {throttled:.1%} of the time"
    found = speed.pooled(sample.core_speed for sample in samples)
    if found and run and speed.is_off(found.median, run.median):
        yield (
            f"measured while the stack's cores did {number_text(found.median / run.median)} times the work of the "
            "run's median in the same CPU time"
        )


def _host(samples: Sequence[Sample]) -> Iterator[str]:
    steal = steal_share(samples)
    if steal > STEAL_SHARE:
        yield f"the hypervisor took {steal:.0%} of the host's CPU"
    foreign = foreign_share(samples)
    if foreign is not None and foreign > FOREIGN_SHARE:
        yield f"other processes used {foreign:.0%} of the host's CPU"


def steal_share(samples: Sequence[Sample]) -> float:
    """Of the host's CPU time, what its hypervisor took."""
    capacity = sum(sample.host.capacity_s for sample in samples)
    return sum(sample.host.steal_s for sample in samples) / capacity if capacity > 0 else 0.0


def foreign_share(samples: Sequence[Sample]) -> float | None:
    """Of the host's CPU time, what neither stack nor load used; None where the engine does not tell."""
    capacity = sum(sample.host.capacity_s for sample in samples)
    stack_s, load_s = cpu_s(samples)
    if capacity <= 0 or stack_s is None or load_s is None:
        return None
    return (sum(sample.host.busy_s for sample in samples) - stack_s - load_s) / capacity


def cpu_s(samples: Sequence[Sample]) -> tuple[float | None, float | None]:
    """What the stack and what the load used in all rounds; None where the engine does not tell."""
    stack_s = known.total(spent for sample in samples for spent in sample.cpu_s.values())
    return stack_s, known.total(sample.load_cpu_s for sample in samples)


def _oom_kills(samples: Sequence[Sample]) -> dict[str, int]:
    found: dict[str, int] = {}
    for sample in samples:
        for tier, use in sample.use.items():
            if use.oom_kills:
                found[tier] = found.get(tier, 0) + use.oom_kills
    return found


def _throttled(samples: Sequence[Sample]) -> dict[str, float]:
    """Tier → the share of the time for which it was throttled; those of which it is not known are left out."""
    elapsed_ns = sum(sample.result.elapsed_s for sample in samples) * 1e9
    found: dict[str, float] = {}
    for tier in samples[0].use:
        parts = [use.throttled_ns if (use := sample.use.get(tier)) else None for sample in samples]
        spent = known.total(parts)
        if spent is not None:
            found[tier] = spent / elapsed_ns
    return found


def load_was_the_limit(samples: Sequence[Sample], budget: Budget) -> str | None:
    """That the load could not ask for more, if so: what was answered is then the least that the stack can do.

    Only where the load has cores of its own. Where its threads could not be watched, all of it together must do. Where
    it was not so of all rounds together, single ones count in which the stack had little to do.
    """
    said, where = _limit(samples, budget, stack_below=STACK_SATURATED), ""
    if said is None:
        alone = [one for sample in samples if (one := _limit([sample], budget, stack_below=STACK_IDLE))]
        said = alone[0] if alone else None
        where = f" in {whole_text(len(alone))} of {count_text(len(samples), 'round')}"
    return said and f"the load generator was the limit{where}: {said}: requests/s is the least that the stack can do"


def _limit(samples: Sequence[Sample], budget: Budget, *, stack_below: float) -> str | None:
    """What the load used and what the stack did, where the load was full and the stack used less than such a share."""
    steady_s = sum(sample.result.steady_s for sample in samples)
    stack_s = known.total(spent for sample in samples for spent in sample.steady_cpu_s.values())
    if budget.placement != "isolated" or stack_s is None or steady_s <= 0:
        return None
    stack = stack_s / (steady_s * len(budget.stack_cpus))
    used = _busiest_load(samples, budget)
    if used is None or used[0] <= LOAD_SATURATED or stack >= stack_below:
        return None
    share, of_what = used
    return f"it used {share:.0%} of {of_what}, while the stack used {stack:.0%} of its own"


def _busiest_load(samples: Sequence[Sample], budget: Budget) -> tuple[float, str] | None:
    """The fuller of two: a core by the busiest thread, and all cores by all threads."""
    threads = known.total(sample.load_thread_share for sample in samples)
    elapsed = sum(sample.result.elapsed_s for sample in samples)
    load_s = known.total(sample.load_cpu_s for sample in samples)
    found = []
    if threads is not None:
        found.append((threads / len(samples), "a core by one thread"))
    if load_s is not None and elapsed:
        found.append((load_s / (elapsed * len(budget.load_cpus)), "its cores"))
    return max(found, default=None)


def again(samples: Sequence[Sample | DuetSample], *, what: str = "round") -> str:
    """Of rounds, or turns, that were measured again, why; nothing where none was."""
    aside = [sample.set_aside for sample in samples if sample.set_aside]
    if not aside:
        return ""
    why = "; ".join(dict.fromkeys(aside))
    return f"{count_text(len(aside), what)} of {whole_text(len(samples))} set aside and measured again: {why}"

"""Two readings of a stack's counters → what each tier did in between."""

from lab.figures import known
from lab.model.vitals import StackReading, TierReading, TierVitals

BYTES_PER_MIB = 2**20
NS_PER_S = 1e9
RUNNING = "running"


def between(before: StackReading, after: StackReading) -> tuple[TierVitals, ...]:
    """The vitals of each tier that is there at the second reading."""
    nothing = TierReading(state="")
    return tuple(_of(tier, before.tiers.get(tier, nothing), now) for tier, now in after.tiers.items())


def per_second(before: float | None, after: float | None, seconds: float) -> float | None:
    """How fast a counter grew; None where it is not told, or has begun anew in between."""
    grown = known.difference(before, after)
    return grown / seconds if grown is not None and grown >= 0 and seconds > 0 else None


def total(vitals: tuple[TierVitals, ...]) -> tuple[float | None, float | None]:
    """Cores and MiB of all tiers that run together; unknown if one is."""
    running = [tier for tier in vitals if tier.state == RUNNING]
    return known.total(tier.cpu_cores for tier in running), known.total(tier.memory_mib for tier in running)


def _of(tier: str, before: TierReading, now: TierReading) -> TierVitals:
    seconds = now.at_s - before.at_s
    cpu_per_s = per_second(before.cpu_ns, now.cpu_ns, seconds)
    # Seconds of waiting in a second are how many waited, in the mean (Little's law).
    in_pool = per_second(before.told.pool_wait_s, now.told.pool_wait_s, seconds)
    waiting = [part for part in (now.at_the_door, in_pool, now.told.queued) if part is not None]
    return TierVitals(
        tier=tier,
        state=now.state,
        cpu_cores=None if cpu_per_s is None else cpu_per_s / NS_PER_S,
        memory_mib=_mib(now.memory_bytes),
        limit_mib=_mib(now.limit_bytes),
        requests_per_s=per_second(before.told.requests, now.told.requests, seconds),
        errors_per_s=per_second(before.told.errors, now.told.errors, seconds),
        waiting=sum(waiting) if waiting else None,
        connections=now.connections,
        notes=tuple(_notes(now, in_pool)),
    )


def _notes(now: TierReading, in_pool: float | None) -> list[str]:
    notes = [now.state] if now.state != RUNNING else []
    if in_pool is not None and in_pool >= 0.05:  # noqa: PLR2004 - below, a figure of one decimal is 0
        notes.append(f"{in_pool:.1f} wait for a database connection")
    if now.told.queued:
        notes.append(f"{now.told.queued:.0f} orders queued, the oldest for {now.told.queued_for_s or 0:.1f} s")
    return [*notes, *(f"{store} is silent" for store in now.told.silent)]


def _mib(count: int | None) -> float | None:
    return None if count is None else count / BYTES_PER_MIB

"""What is given to a tier by the host: memory, CPU, a quota of it, open files; and the load generator's own share."""

from collections.abc import Iterator
from math import isfinite

from lab.diagnosis import facts, growth
from lab.diagnosis.finding import Clue
from lab.diagnosis.symptoms import LATE_MS
from lab.figures.numbers import count_text, time_text, whole_text
from lab.model.evidence import Evidence, Task, TierLook

MEMORY_SHARE = 0.97
FILES_SHARE = 0.98
THROTTLED_SHARE = 0.1
"""Of the time: below it a quota costs little."""
CORES_SHARE = 0.85
"""Of all cores: above it waits grow faster than the load."""
OWN_CORE_SHARE = 0.5
"""Of the time: a thread that wants to run always, and runs less, has a neighbour on its core."""
GENERATOR_SHARE = 0.9


def memory(observed: Evidence) -> Iterator[Clue]:
    """A process was killed for want of memory, or there is none left."""
    for tier in observed.tiers:
        killed_s = facts.since_s(observed, tier, lambda look: look.killed_for_memory)
        full_s = facts.since_s(observed, tier, _is_full)
        found = [at_s for at_s in (killed_s, full_s) if at_s is not None]
        if not found or observed.at_rest.tiers[tier].killed_for_memory:
            continue
        limit = next((one for look in observed.looks if (one := look.tiers[tier].limit_mib)), None)
        of = f" of {whole_text(round(limit))} MiB" if limit else ""
        what = "The kernel killed a process of" if killed_s is not None else "Nothing is left for"
        leak = growth.of_memory(observed, tier)
        yield Clue(
            cause="memory",
            tier=tier,
            since_s=min(found),
            leaks=leak is not None,
            evidence=(f"{what} {tier}: its limit{of} is reached.", *([leak.told] if leak else ())),
        )


def _is_full(look: TierLook) -> bool:
    return bool(look.memory_mib and look.limit_mib and look.memory_mib >= MEMORY_SHARE * look.limit_mib)


def throttling(observed: Evidence) -> Iterator[Clue]:
    """A quota of CPU stops the tier although cores are free."""
    for tier in observed.tiers:
        share = _throttled_share(observed, tier)
        if share < THROTTLED_SHARE:
            continue
        before = observed.at_rest.tiers[tier].throttled_s or 0.0
        began_s = facts.since_s(observed, tier, lambda look, before=before: (look.throttled_s or 0.0) > before)  # type: ignore[misc]
        used = facts.cores_used(observed, tier)
        said = f"Its CPU quota kept {tier} from running for {time_text(share)} of each second, at {used:.0%} of a core."
        yield Clue(cause="throttling", tier=tier, since_s=began_s or 0.0, evidence=(said,))


def _throttled_share(observed: Evidence, tier: str) -> float:
    return facts.per_second(observed, tier, lambda look: look.throttled_s) or 0.0


def cpu(observed: Evidence) -> Iterator[Clue]:
    """All cores are busy, or a thread that does the work never sleeps."""
    used = {tier: facts.cores_used(observed, tier) for tier in observed.tiers}
    total = sum(used.values())
    hungriest = max(used, key=lambda tier: used[tier])
    if total >= CORES_SHARE * observed.cores:
        parts = ", ".join(f"{tier} {share:.0%}" for tier, share in used.items())
        yield Clue(
            cause="cpu",
            tier=hungriest,
            since_s=facts.used_since_s(observed, *observed.tiers),
            cores_full=True,
            evidence=(f"The stack used {total:.0%} of the time of {_cores(observed.cores)} ({parts}).",),
        )
        return
    for tier in observed.tiers:
        found, needed = facts.awake(observed, tier), facts.cores_needed(observed, tier)
        began_s = facts.used_since_s(observed, tier)
        if found and needed >= CORES_SHARE * min(len(found), observed.cores):
            told = f"cost {needed:.0%} of a core" if isfinite(needed) else "were not answered at all"
            said = f"At this rate its requests {told}."
            full = len(found) >= observed.cores
            yield Clue(cause="cpu", tier=tier, since_s=began_s, cores_full=full, evidence=(_awake(tier, found), said))
        elif "python" in observed.traits[tier].parts and not found:
            yield from _in_turns(observed, tier, needed=needed, began_s=began_s)


def _in_turns(observed: Evidence, tier: str, *, needed: float, began_s: float) -> Iterator[Clue]:
    """Many threads of Python, of which one at a time runs."""
    found = facts.taking_turns(observed, tier)
    if found and needed >= CORES_SHARE * min(len(found), observed.cores):
        full = len(found) >= observed.cores
        whose = "one process" if len(found) == 1 else f"each of {len(found)} processes"
        why = f"there is {_cores(observed.cores)} for all" if full else "of Python, one thread at a time runs"
        told = (
            f"The threads of {whose} of {tier} together wanted a core all the time, and ran for "
            f"{sum(found) / len(found):.0%} of it: {why}."
        )
        cost = f"At this rate its requests cost {needed:.0%} of a core." if isfinite(needed) else "None was answered."
        yield Clue(cause="cpu", tier=tier, since_s=began_s, cores_full=full, evidence=(told, cost))


def neighbours(observed: Evidence) -> Iterator[Clue]:
    """A thread always wants to run and hardly does, though its requests do not cost that much."""
    for tier in observed.tiers:
        if _throttled_share(observed, tier) >= THROTTLED_SHARE:
            continue  # its own quota keeps it from running
        found = [(task, ran) for task, ran in facts.awake(observed, tier) if ran < OWN_CORE_SHARE]
        needed = facts.cores_needed(observed, tier)
        if found and needed < CORES_SHARE * min(len(found), observed.cores):
            said = f"Its requests cost {needed:.0%} of a core: for the rest something else had it."
            began_s = facts.late(observed)[0].at_s
            yield Clue(cause="neighbours", tier=tier, since_s=began_s, evidence=(_awake(tier, found), said))


def _cores(count: int) -> str:
    return "one core" if count == 1 else f"{count} cores"


def _awake(tier: str, found: list[tuple[Task, float]]) -> str:
    share = sum(ran for _, ran in found) / len(found)
    return f"{count_text(len(found), 'thread')} of {tier} never slept, and ran for {share:.0%} of the time."


def files(observed: Evidence) -> Iterator[Clue]:
    """A process has as many files and sockets open as it may."""
    for tier in observed.tiers:
        began_s = facts.since_s(
            observed, tier, lambda look: look.files is not None and look.files.open >= FILES_SHARE * look.files.limit
        )
        if began_s is None:
            continue
        found = (look.tiers[tier].files for look in observed.looks)
        most = max((one for one in found if one is not None), key=lambda one: one.open)
        leak = growth.of_files(observed, tier)
        yield Clue(
            cause="files",
            tier=tier,
            since_s=began_s,
            leaks=leak is not None,
            evidence=(
                f"A process of {tier} had {most.open:,} of {most.limit:,} files and sockets open.",
                *([leak.told] if leak else ()),
            ),
        )


def load(observed: Evidence) -> Iterator[Clue]:
    """The generator could not send in time: what was measured is the generator."""
    course = observed.course
    if course.lag_p50_ms < LATE_MS and course.generator_share < GENERATOR_SHARE:
        return
    yield Clue(
        cause="load",
        tier="load",
        since_s=0.0,
        evidence=(
            (
                f"Half of the requests were sent more than {time_text(course.lag_p50_ms / 1000)} after they were due, "
                f"by a generator that ran for {course.generator_share:.0%} of the time."
            ),
        ),
    )

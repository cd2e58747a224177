"""memory-full: the tier comes back with half the memory that it needs; what it asks for beyond that the kernel kills.

With cgroups of the first version the kernel takes no limit below what is in use, so the tier is started anew.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, cast

from docker.errors import APIError
from docker.models.containers import Container

from lab.engine.client import in_words
from lab.faults.fault import Fault, Ground, Site, started_again
from lab.faults.kinds import killed

LEAST_MIB = 6
"""The engine takes no less."""
STOPS_WITHIN_S = 30
_MIB = 2**20


def tiers(ground: Ground) -> Sequence[str]:
    """All, as they can be killed."""
    return killed.tiers(ground)


def inject(site: Site) -> None:
    """Start it anew with half of the memory that its processes hold. Raises LabError."""
    container = site.container
    with in_words():
        limit = max(_held_mib(_memory(container)) // 2, LEAST_MIB) * _MIB
        container.kill("SIGKILL")
        container.wait(timeout=STOPS_WITHIN_S)
        container.update(mem_limit=limit, memswap_limit=limit)
        with suppress(APIError):  # the kernel may end it before it has begun
            container.start()


def undo(site: Site) -> str:
    """Give it what it had, and start it if it died of it."""
    container, was = site.container, site.container.attrs["HostConfig"]["Memory"]
    with in_words():
        memory = _memory(container)
        container.update(mem_limit=was, memswap_limit=was)
    died = started_again(container)
    killed_some = container.attrs["State"].get("OOMKilled", False)
    end = f"{site.tier} died of it" if died else "a process of it was killed" if killed_some else "nothing was killed"
    return f"{_told(memory)}; {end}; {was // _MIB} MiB again"


def _told(memory: Mapping[str, Any]) -> str:
    """What the engine knows of the limit; cgroups of the second version do not count who met it, the dead nothing."""
    if "limit" not in memory:
        return "how often it asked for more is not told"
    limit = f"{memory['limit'] // _MIB} MiB at the end"
    # The engine leaves a count of 0 out.
    return f"{limit}, {memory.get('failcnt', 0):,} times asked for more" if "max_usage" in memory else limit


def _held_mib(memory: Mapping[str, Any]) -> int:
    """The memory that no file backs, in whole MiB: what the kernel cannot just drop."""
    detail = memory.get("stats") or {}
    return int(detail.get("total_rss", detail.get("anon", 0)) // _MIB)


def _memory(container: Container) -> Mapping[str, Any]:
    """The engine's figures of it; none of one that does not run."""
    stats = cast(Mapping[str, Any], container.stats(stream=False, one_shot=True))
    return stats.get("memory_stats") or {}


FAULT = Fault(
    name="memory-full",
    words="{tier} with half its memory",
    needs="any tier can",
    tiers=tiers,
    inject=inject,
    undo=undo,
    by_itself="{tier} is killed and started anew to take the limit, and until it is back requests fail of that start, "
    "not of want of memory",
    shown=("app",),
)

"""What the engine tells of a tier's container: CPU, throttling, memory, and whether it still runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from docker.errors import NotFound
from docker.models.containers import Container

from lab.engine.client import in_words
from lab.measure.rig import Stats, usage_told

BYTES_PER_MIB = 2**20
NS_PER_S = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineWords:
    """What the engine said of a container at one moment."""

    running: bool
    killed_for_memory: bool = False
    cpu_s: float | None = None
    throttled_s: float | None = None
    memory_mib: float | None = None
    limit_mib: float | None = None


@in_words()
def ask(container: Container) -> EngineWords:
    """One reading. Raises EngineUnavailable."""
    try:
        container.reload()
        stats = cast(Stats, container.stats(stream=False, one_shot=True))
    except NotFound:
        return EngineWords(running=False)
    state = container.attrs["State"]
    return told(state, stats)


def told(state: Mapping[str, Any], stats: Stats) -> EngineWords:
    """The engine's own words → ours. A container that has ended has no figures."""
    usage, limit = usage_told(stats), (stats.get("memory_stats") or {}).get("limit")
    running, throttled_ns = bool(state["Running"]), usage.counted.throttled_ns
    return EngineWords(
        running=running,
        killed_for_memory=bool(state.get("OOMKilled")),
        cpu_s=usage.cpu_s if running and usage.cpu_s else None,
        throttled_s=throttled_ns / NS_PER_S if running and throttled_ns is not None else None,
        memory_mib=usage.memory_mib if running else None,
        limit_mib=limit / BYTES_PER_MIB if running and limit else None,
    )

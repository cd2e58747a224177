"""What stands beside a service stack that is to be watched: Prometheus with its page, and the exporters."""

from pathlib import Path

from lab.catalog import Catalog
from lab.deploy import pages
from lab.deploy.override import Beside
from lab.errors import UsageError
from lab.model import Budget, Stack

PROMETHEUS = "prometheus"
MEMORY_MIB = 64
"""Of an exporter; Prometheus itself has its figures in memory, too."""
WATCHED = ("app", "worker", "postgres", "redis", "cache")
"""The tiers that a stack must have to be watched: metrics.yaml asks them."""
NGINX = "nginx"


def require_able(stack: Stack, catalog: Catalog) -> None:
    """Raise UsageError, with the names of those that can, for a stack that has not the tiers of the service."""
    if not _is_able(stack):
        able = ", ".join(each.name for each in catalog.stacks.values() if _is_able(each))
        raise UsageError(
            f"{stack.name} has nothing that Prometheus could ask",
            where=f"its tiers: {', '.join(stack.tiers)}",
            fix=f"stacks that have: {able or 'none'}; of any stack, lab top {stack.name}",
        )


def _is_able(stack: Stack) -> bool:
    return stack.tiers.keys() >= set(WATCHED)


def beside(stack: Stack, *, compose: Path, budget: Budget) -> Beside:
    """Prometheus and the exporters of a stack's tiers, on the cores of the load."""
    page = pages.service(PROMETHEUS, budget=budget)
    exporters = ["postgres-exporter", "redis-exporter", *(["nginx-exporter"] if NGINX in stack.tiers else ())]
    files = [compose / "metrics.yaml", *([compose / "metrics-nginx.yaml"] if NGINX in stack.tiers else ())]
    return Beside(
        services={PROMETHEUS: page, **{name: {"cpuset": page["cpuset"]} for name in exporters}},
        memory_mib=MEMORY_MIB,
        files=tuple(files),
    )

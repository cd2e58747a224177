"""Pure: what the lab adds to a stack's Compose file, as a second file that is kept as evidence.

Core set, memory without swap, open files, subnets and labels; never what a service does. Anyone can read it,
and `docker compose -f compose/X.yaml -f override.yaml up` gives the same containers without the lab.
"""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.host import budget as budgets
from lab.host.session import LABEL_SCHEME, LABEL_SESSION, LABEL_STACK, LABEL_TARGET
from lab.model import Budget, Stack

BENCHMARK_NETWORK = ipaddress.IPv4Network("198.19.0.0/16")
"""The half of 198.18.0.0/15 (set aside for benchmarks, RFC 2544) that the engine's own pools leave free."""
MOST_FILES = 65_535
LOAD_MEMORY_MIB = 2048
JOB_MEMORY_MIB = 512
"""Of each job, outside of the budget's shares: it has ended when the stack is measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What is added to a stack's project: further services, other volumes, and settings that lead to them."""

    services: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Service → its keys in the Compose file, beside limits and labels, which the lab adds."""
    memory_mib: int = 64
    """Of each of these services."""
    volumes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Volume of the stack → the keys that it gets."""
    settings: Mapping[str, str] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    """Further Compose files, whose services these are."""


NOTHING_BESIDE = Beside()


def labels(stack: Stack, *, session: str, target: str, called: str = "") -> dict[str, str]:
    """What every container, network and volume of a deployment carries: whose it is.

    `called` is the stack's name for who looks, where it is not its own.
    """
    return {
        LABEL_SESSION: session,
        LABEL_STACK: called or stack.name,
        LABEL_TARGET: target,
        LABEL_SCHEME: stack.entry.scheme,
    }


def compose(
    stack: Stack,
    *,
    budget: Budget,
    nofile_hard: int,
    subnet: ipaddress.IPv4Network,
    labels: Mapping[str, str],
    beside: Beside = NOTHING_BESIDE,
) -> dict[str, Any]:
    """The override for one deployment of a stack, and what stands beside it."""
    memory = budgets.split_memory(budget.memory_mib, stack.memory)
    memory |= dict.fromkeys(stack.jobs, JOB_MEMORY_MIB)
    services = {
        name: _service(cpus=budget.stack_cpus, memory_mib=memory[name], nofile_hard=nofile_hard, labels=labels)
        for name in (*stack.tiers, *stack.jobs)
    }
    for name, keys in beside.services.items():
        limits = _service(cpus=budget.stack_cpus, memory_mib=beside.memory_mib, nofile_hard=nofile_hard, labels=labels)
        services[name] = {**limits, **keys, "labels": {**labels, **keys.get("labels", {})}}
    volumes = {name: {"labels": dict(labels), **beside.volumes.get(name, {})} for name in stack.volumes}
    return {
        "services": services,
        "networks": _networks(stack.networks, subnet=subnet, labels=labels),
        **({"volumes": volumes} if volumes else {}),
    }


def load_service(*, budget: Budget, nofile_hard: int, labels: Mapping[str, str]) -> dict[str, Any]:
    """The load container's part: the other cores, and the same labels."""
    return _service(cpus=budget.load_cpus, memory_mib=LOAD_MEMORY_MIB, nofile_hard=nofile_hard, labels=labels)


def _service(*, cpus: tuple[int, ...], memory_mib: int, nofile_hard: int, labels: Mapping[str, str]) -> dict[str, Any]:
    # Asking for more than the host's hard limit fails at start; where that is not known, Compose's default stays.
    files = min(MOST_FILES, nofile_hard)
    limits = {"ulimits": {"nofile": {"soft": files, "hard": files}}} if files else {}
    return {
        "cpuset": ",".join(map(str, cpus)),
        "mem_limit": f"{memory_mib}m",
        "memswap_limit": f"{memory_mib}m",  # memory and swap together: equal means no swap
        **limits,
        "restart": "no",  # whatever the file says: a crash must show
        "labels": dict(labels),
    }


def _networks(
    names: Iterable[str], *, subnet: ipaddress.IPv4Network, labels: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """Each network gets its part of the stack's subnet, `default` first."""
    ordered = ["default", *names]
    bits = (len(ordered) - 1).bit_length()
    parts = subnet.subnets(prefixlen_diff=bits)
    return {
        name: {"ipam": {"config": [{"subnet": str(part)}]}, "labels": dict(labels)}
        for name, part in zip(ordered, parts, strict=False)
    }


def free_subnet(used: Iterable[ipaddress.IPv4Network]) -> ipaddress.IPv4Network:
    """The first /24 of the benchmark range that overlaps none of those in use."""
    taken = list(used)
    return next(
        candidate
        for candidate in BENCHMARK_NETWORK.subnets(new_prefix=24)
        if not any(candidate.overlaps(network) for network in taken)
    )

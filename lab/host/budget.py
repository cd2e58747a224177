"""Pure: what the host has and what the user wishes → core sets, memory and an honest label.

A host that cannot give the wish gets a *scaled* budget whose label says so (`1 of 4 cores`); `exact` refuses
instead. Nothing is silently downgraded.
"""

from collections.abc import Iterable, Mapping, Sequence

from lab.errors import HostError
from lab.model import Budget, Machine, Placement, Table

RESERVED_MIB = 1024
"""Left to the kernel, the engine, the load and the lab itself."""


def plan(
    machine: Machine,
    *,
    cpus: int = 4,
    memory_mib: int = 4096,
    placement: Placement = "isolated",
    exact: bool = False,
) -> Budget:
    """Divide a machine between stack and load. Raises HostError if `exact` and the host has too little."""
    if placement == "isolated" and len(machine.cores) == 1:
        placement = "colocated"  # a single core cannot be divided; the label says what it became
    stack, load = _divide(machine.cores, cpus) if placement == "isolated" else _share(machine.cores, cpus)
    memory = min(memory_mib, max(machine.memory_mib - RESERVED_MIB, machine.memory_mib // 2))
    budget = Budget(
        wished_cpus=cpus,
        wished_memory_mib=memory_mib,
        placement=placement,
        stack_cpus=stack,
        load_cpus=load,
        memory_mib=memory,
        label=f"{_cores(len(stack), cpus)}, {_memory(memory, memory_mib)}, {placement}",
    )
    if exact and budget.scaled:
        raise HostError(
            f"this host can give a stack only {budget.label}",
            where=f"{len(machine.cpus)} usable CPUs, {machine.memory_mib} MiB",
            fix=f"wish for --cpus {len(stack)} --memory {memory}m, or leave --exact out: the label then says so",
        )
    return budget


def of_tables(machine: Machine, tables: Iterable[Table], *, wish: Budget, exact: bool = False) -> dict[str, Budget]:
    """The budgets of the tables that say themselves where stack and load sit; the wish is the same in all else."""
    return {
        table.name: plan(
            machine,
            cpus=wish.wished_cpus,
            memory_mib=wish.wished_memory_mib,
            placement=table.placement,
            exact=exact,
        )
        for table in tables
        if table.placement
    }


def _divide(cores: Sequence[tuple[int, ...]], wish: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Whole physical cores: a quarter of the host, at least one, is kept for the load; the stack has its wish.

    The hyper-thread sibling of a CPU of the stack is never given to the load: it stays idle.
    """
    for_load = max(1, -(-len(cores) // 4))
    stack: list[int] = []
    used = 0
    for core in cores[: len(cores) - for_load]:
        if len(stack) == wish:
            break
        stack += core[: wish - len(stack)]
        used += 1
    load = [cpu for core in cores[used:] for cpu in core]
    return tuple(sorted(stack)), tuple(sorted(load))


def _share(cores: Sequence[tuple[int, ...]], wish: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    cpus = tuple(sorted(cpu for core in cores for cpu in core)[:wish])
    return cpus, cpus


def _cores(given: int, wished: int) -> str:
    unit = "core" if wished == 1 else "cores"
    return f"{given} {unit}" if given >= wished else f"{given} of {wished} {unit}"


def _memory(given: int, wished: int) -> str:
    return format_mib(given) if given >= wished else f"{format_mib(given)} of {format_mib(wished)}"


def format_mib(mib: int) -> str:
    """`4 GiB` where it is whole, else `1500 MiB`."""
    return f"{mib // 1024} GiB" if mib % 1024 == 0 else f"{mib} MiB"


def split_memory(total_mib: int, shares: Mapping[str, int]) -> dict[str, int]:
    """Memory of each service in MiB, in proportion to its share; the parts sum to the whole exactly."""
    weight = sum(shares.values())
    parts = {service: total_mib * share // weight for service, share in shares.items()}
    largest = max(shares, key=lambda service: shares[service])
    parts[largest] += total_mib - sum(parts.values())
    return parts

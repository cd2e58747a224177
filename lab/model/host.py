"""The machine, and the share of it that a stack gets."""

from dataclasses import dataclass
from typing import Literal

Placement = Literal["isolated", "colocated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What this host is, as far as it bears on a measurement."""

    cpu_model: str
    cores: tuple[tuple[int, ...], ...]
    """Usable logical CPUs, one tuple per physical core (hyper-thread siblings together)."""
    memory_mib: int
    kernel: str
    os: str
    architecture: str
    cgroup_version: int
    nofile_hard: int
    virtualisation: str

    @property
    def cpus(self) -> tuple[int, ...]:
        """All usable logical CPUs in order."""
        return tuple(sorted(cpu for core in self.cores for cpu in core))


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The cores and memory that a stack may use, and where the load sits."""

    wished_cpus: int
    wished_memory_mib: int
    placement: Placement
    stack_cpus: tuple[int, ...]
    load_cpus: tuple[int, ...]
    memory_mib: int
    label: str
    """Stands in every table, file and chart: `4 cores, 4 GiB, isolated` or `1 of 4 cores, …`."""

    @property
    def scaled(self) -> bool:
        """Whether the host could not give what was wished."""
        return len(self.stack_cpus) < self.wished_cpus or self.memory_mib < self.wished_memory_mib

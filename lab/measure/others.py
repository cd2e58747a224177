"""Who else was on the stack's cores: their clocks beside those of all containers of the run that may run there."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from lab.figures import known
from lab.host import cgroups
from lab.host.cgroups import Group
from lab.measure.rig import Rig
from lab.model import Budget, ForeignCpu


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The clocks of the cores and of the containers on them, read together."""

    at_s: float
    cores_ns: int | None
    own_ns: int | None
    """Of all containers of the run that may run on these cores."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    """What some cores did, and what of it the run's own containers explain, from one moment to another."""

    cpus: Sequence[int]
    own: Sequence[Group | None]
    """The control groups of all containers of the run that may run there; None for one that the lab does not see."""
    moments: list[Moment] = field(default_factory=list)

    def now(self) -> None:
        """Read the clocks, once more."""
        own = known.total(group.cpu_ns() if group else None for group in self.own)
        self.moments.append(
            Moment(
                at_s=time.monotonic(),
                cores_ns=cgroups.busy_ns(self.cpus),
                own_ns=None if own is None else round(own),
            )
        )

    @property
    def began_s(self) -> float:
        """The first moment, of the monotonic clock."""
        return self.moments[0].at_s

    @property
    def ended_s(self) -> float:
        """The last moment so far."""
        return self.moments[-1].at_s

    def foreign(self, *, idle_share: float | None) -> ForeignCpu | None:
        """What nothing of the run explains, from the first moment to the last; None where it is not known."""
        first, last = self.moments[0], self.moments[-1]
        cores, own = known.difference(first.cores_ns, last.cores_ns), known.difference(first.own_ns, last.own_ns)
        if cores is None or own is None or idle_share is None:
            return None
        capacity_s = (last.at_s - first.at_s) * len(self.cpus)
        return ForeignCpu(capacity_s=capacity_s, unexplained_s=(cores - own) / 1e9, idle_share=idle_share)


def beside(rigs: Sequence[Rig], budget: Budget) -> Others:
    """Those beside some rigs whose containers are up; the load of the first counts where it has no cores of its own."""
    services = [container for rig in rigs for _, container in rig.containers]
    load = [] if budget.placement == "isolated" else [rigs[0].load]
    return Others(cpus=budget.stack_cpus, own=[cgroups.find(str(one.id)) for one in (*services, *load)])


def idle_share(cpus: Sequence[int], *, seconds: float) -> float | None:
    """Of these cores, what is used while nothing of the run works on them, in so many seconds."""
    before, began = cgroups.busy_ns(cpus), time.monotonic()
    if before is None:
        return None
    time.sleep(seconds)
    spent = known.difference(before, cgroups.busy_ns(cpus))
    return None if spent is None else spent / 1e9 / (time.monotonic() - began) / len(cpus)

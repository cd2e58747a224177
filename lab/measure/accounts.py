"""What the kernel counts while a round lasts: what each tier used, who else ran on its cores, how full the load was.

It is read from control groups and /proc, which takes a millisecond; where the lab cannot see these, the engine's
statistics stand in for what they have.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from lab.host import cgroups
from lab.host.cgroups import Counted, Group
from lab.measure import others
from lab.measure.others import Others
from lab.measure.rig import Rig
from lab.model import Budget, TierUse

WATCHED_SHARE = 0.5
"""Of the counted part, for which a thread of the load must have been seen to say how busy it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """The accounts of one rig for one round."""

    others: Others
    services: Mapping[str, Sequence[Group | None]]
    """Of each service the control groups of its containers; None where the lab does not see one."""
    load: Group | None
    looks: list[tuple[float, Mapping[int, int]]] = field(default_factory=list)
    """When the threads of the load were looked at, and the CPU time of each."""

    def now(self) -> None:
        """Read the clocks, once more."""
        self.others.now()
        self.look()

    def look(self) -> None:
        """See how far the threads of the load are."""
        if self.load:
            self.looks.append((time.monotonic(), self.load.running_ns()))

    def counted(self) -> dict[str, Counted]:
        """What the kernel has counted of each service so far; those that the lab does not see are left out."""
        seen = {service: [group for group in groups if group] for service, groups in self.services.items()}
        return {
            service: cgroups.together([group.read() for group in groups])
            for service, groups in seen.items()
            if len(groups) == len(self.services[service])
        }

    def forget_peaks(self) -> None:
        """Let each service's memory peak begin anew."""
        for group in chain.from_iterable(self.services.values()):
            if group:
                group.forget_peak()

    def load_thread_share(self) -> float | None:
        """Of a core, what the busiest thread of the load used while it was seen; None if none was seen long enough."""
        whole_s = self.others.ended_s - self.others.began_s
        shares = []
        for thread in dict.fromkeys(thread for _, threads in self.looks for thread in threads):
            seen = [(at_s, threads[thread]) for at_s, threads in self.looks if thread in threads]
            (since_s, before_ns), (until_s, after_ns) = seen[0], seen[-1]
            if until_s - since_s >= WATCHED_SHARE * whole_s > 0:
                shares.append((after_ns - before_ns) / 1e9 / (until_s - since_s))
        return max(shares, default=None)


def of(rig: Rig, budget: Budget) -> Accounts:
    """The accounts of a rig whose containers are up."""
    return Accounts(
        others=others.beside([rig], budget),
        services={service: [cgroups.find(str(one.id)) for one in rig.of(service)] for service in rig.services},
        load=cgroups.find(str(rig.load.id)),
    )


def use(before: Counted, after: Counted) -> TierUse:
    """What was used between two readings; a peak and kills are as the last one says."""
    waited, taken = _switched(before, after)
    return TierUse(
        cpu_ns=_added(before.cpu_ns, after.cpu_ns),
        user_ns=_added(before.user_ns, after.user_ns),
        system_ns=_added(before.system_ns, after.system_ns),
        throttled_ns=_added(before.throttled_ns, after.throttled_ns),
        voluntary_switches=waited,
        involuntary_switches=taken,
        peak_memory_bytes=after.peak_memory_bytes,
        oom_kills=_added(before.oom_kills, after.oom_kills),
        received_bytes=_added(before.received_bytes, after.received_bytes),
        sent_bytes=_added(before.sent_bytes, after.sent_bytes),
        pressure_us=_pressed(before, after),
    )


def _added(before: int | None, after: int | None) -> int | None:
    """Counters begin anew where a container was started again: then nobody knows."""
    return None if before is None or after is None or after < before else after - before


def _switched(before: Counted, after: Counted) -> tuple[int | None, int | None]:
    """Of the threads that are there at the end, since the start or since they began."""
    if not after.switches:
        return None, None
    pairs = [(before.switches.get(thread, (0, 0)), counts) for thread, counts in after.switches.items()]
    return sum(now[0] - then[0] for then, now in pairs), sum(now[1] - then[1] for then, now in pairs)


def _pressed(before: Counted, after: Counted) -> dict[str, int] | None:
    if before.pressure_us is None or after.pressure_us is None:
        return None
    return {
        what: after.pressure_us[what] - then for what, then in before.pressure_us.items() if what in after.pressure_us
    }

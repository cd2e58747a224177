"""ramp: a closed loop whose clients come one after the other, as JMeter's thread groups do with a ramp-up time.

Up to `STEPS` wrk processes begin one after the other, each with its share of the connections, and end together. What
counts is the time after the ramp, when all clients are there; the latencies are those of the whole load.
"""

from collections.abc import Sequence

from lab.load import protocol, wrk
from lab.load.protocol import Command
from lab.model import HostCpu, Load, LoadResult, Workload

MAY_LEAVE_A_QUEUE = True
STEPS = 20
"""So many groups of clients at most: near enough to even, and few enough processes for the load's cores."""


def steps(load: Load) -> tuple[int, int]:
    """Into how many groups the clients fall, and how many seconds lie between them; wrk knows whole seconds only."""
    ramp_s, _ = _whole_s(load)
    every_s = -(-ramp_s // min(STEPS, load.connections))
    return ramp_s // every_s, every_s


def command(load: Load, workload: Workload, *, url: str, answers: Sequence[str]) -> Command:
    """The call of `offer` for one round against `url`."""
    groups, every_s = steps(load)
    ramp_s, counted_s = _whole_s(load)
    plain = str(groups), "1", str(load.connections), str(ramp_s + counted_s), str(ramp_s * 10)
    return Command(
        argv=("offer", *plain, f"{url}{workload.path}", str(every_s)),
        environment=protocol.environment(workload, answers),
    )


def parse(output: str, load: Load) -> tuple[LoadResult, HostCpu]:
    """Add up what the processes printed. Raises LabError if a part is missing."""
    ramp_s, counted_s = _whole_s(load)
    return wrk.added_up(output, ramp_s=ramp_s, steady_s=counted_s)


def _whole_s(load: Load) -> tuple[int, int]:
    """Ramp and what counts after it."""
    return max(1, round(load.ramp_s)), max(1, round(load.duration_s))


def warming(load: Load, *, seconds: float, delay_s: float) -> Load:
    """As for a loop that has no ramp."""
    return wrk.warming(load, seconds=seconds, delay_s=delay_s)

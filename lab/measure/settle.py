"""Back to rest after a load: what a stack still had queued must not be counted in the next round.

A load that ends leaves work behind: 2000 clients hang up, and a pool of 40 threads still sleeps 0.1 s for each
of them. A stack that has not come to rest after `PATIENCE_S` is restarted, which is quicker and just as fair.
"""

from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep

from lab.errors import Unhealthy
from lab.measure import verify
from lab.measure.rig import Rig, wait_until
from lab.model import Workload

PATIENCE_S = 2.0
RESTART_S = 30.0
PROBES = 8
"""At once, so that several workers are asked, not just the one that is idle."""
IDLE_SHARE = 0.05
"""Of one core, over `LOOK_S`."""
LOOK_S = 0.1


def settle(rig: Rig, workload: Workload, *, delay_s: float, ready: Workload) -> bool:
    """Wait until the stack is idle and answers the workload at once; restart it if it takes too long.

    The probe is the workload itself, whose handler sleeps `delay_s`: a health check may have a way past the
    queue. Returns whether the stack had to be restarted. Raises Unhealthy if it does not come back.
    """
    end = monotonic() + PATIENCE_S + delay_s
    while monotonic() < end:
        if _idle(rig) and _answers(rig, workload, timeout_s=max(end - monotonic(), LOOK_S)):
            return False
    rig.restart()
    if not wait_until(lambda: verify.ask(rig.port, ready, timeout_s=1.0).ok, deadline_s=RESTART_S):
        raise Unhealthy("it did not answer again after a restart", where=f"{ready.path} within {RESTART_S:g} s")
    return True


def _idle(rig: Rig) -> bool:
    before = _cpu_s(rig)
    sleep(LOOK_S)
    return _cpu_s(rig) - before < IDLE_SHARE * LOOK_S


def _cpu_s(rig: Rig) -> float:
    return sum(usage.cpu_s for usage in rig.usage().values())


def _answers(rig: Rig, workload: Workload, *, timeout_s: float) -> bool:
    with ThreadPoolExecutor(PROBES) as pool:
        verdicts = pool.map(lambda _: verify.ask(rig.port, workload, timeout_s=timeout_s), range(PROBES))
        return all(verdict.ok for verdict in verdicts)

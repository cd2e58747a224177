"""Back to rest after a load: what a stack still had queued must not be counted in the next round.

A load that ends leaves work behind: 2000 clients hang up, and a pool of 40 threads still sleeps 0.1 s for each
of them. A stack that has not come to rest after `PATIENCE_S` is restarted, which is quicker and just as fair.
A burst leaves nothing behind: it is over when all is answered, so its stack only has to be idle and alive.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from time import monotonic, sleep

from lab.errors import Unhealthy
from lab.figures import known
from lab.load import kind
from lab.measure import verify
from lab.measure.rig import Rig, wait_until
from lab.model import Load, Workload

PATIENCE_S = 2.0
RESTART_S = 30.0
PROBES = 8
"""At once, so that several workers are asked, not just the one that is idle."""
IDLE_SHARE = 0.05
"""Of one core, over `LOOK_S`."""
LOOK_S = 0.1


def settle(rig: Rig, load: Load, workload: Workload, *, delay_s: float, ready: Workload, in_vain: bool = False) -> bool:
    """Wait until the stack is idle and answers at once after a load; restart it if it takes too long.

    Where a queue may be left the probe is the workload itself, whose handler sleeps `delay_s`: a health check may
    have a way past the queue. `in_vain` says that waiting was of no use the last time: then it is restarted at once.
    Returns whether the stack had to be restarted. Raises Unhealthy if it does not come back.
    """
    if in_vain:
        rested = False
    elif not kind(load).MAY_LEAVE_A_QUEUE:
        rested = _comes_to_rest(rig, ready, probes=1, within_s=PATIENCE_S)
    elif delay_s > PATIENCE_S:  # one probe alone would take longer than a restart
        rested = False
    else:
        rested = _comes_to_rest(rig, workload, probes=PROBES, within_s=PATIENCE_S + delay_s)
    if not rested:
        _restart(rig, ready)
    return not rested


def _comes_to_rest(rig: Rig, probe: Workload, *, probes: int, within_s: float) -> bool:
    end = monotonic() + within_s
    while monotonic() < end:
        if _idle(rig) and _answers(rig, probe, probes=probes, timeout_s=max(end - monotonic(), LOOK_S)):
            return True
    return False


def _restart(rig: Rig, ready: Workload) -> None:
    rig.restart()
    if not wait_until(lambda: verify.ask(rig.published_url, ready, timeout_s=1.0).ok, deadline_s=RESTART_S):
        raise Unhealthy("it did not answer again after a restart", where=f"{ready.path} within {RESTART_S:g} s")


def _idle(rig: Rig) -> bool:
    """Whether the stack uses next to no CPU; where the engine does not tell, its answers alone must do."""
    before = _cpu_s(rig)
    sleep(LOOK_S)
    after = _cpu_s(rig)
    return before is None or after is None or after - before < IDLE_SHARE * LOOK_S


def _cpu_s(rig: Rig) -> float | None:
    return known.total(usage.cpu_s for usage in rig.usage().values())


def _answers(rig: Rig, workload: Workload, *, probes: int, timeout_s: float) -> bool:
    probe = replace(workload, requests=workload.requests[:1], turns=())
    with ThreadPoolExecutor(probes) as pool:
        verdicts = pool.map(lambda _: verify.ask(rig.published_url, probe, timeout_s=timeout_s), range(probes))
        return all(verdict.ok for verdict in verdicts)

"""The attack itself, on a stack that is up: users ask, the fault happens and is undone, and all gets right again."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from lab.faults import promises, seen
from lab.faults.fault import Chosen, Site
from lab.faults.mix import Mix
from lab.faults.offering import Offering
from lab.faults.record import BreakPlan
from lab.faults.seen import Judged
from lab.faults.visitor import Visitor
from lab.host import interrupts
from lab.host.say import Say
from lab.measure.rig import Rig
from lab.model import Deployment

WATCHED_S = promises.RECOVERY_S + seen.CALM_S
"""After the undoing, at most."""
LOOK_EVERY_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakTask:
    """What is to be broken, how and when."""

    deployment: Deployment
    chosen: Chosen
    plan: BreakPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """A fault that is over."""

    injected_s: float
    undone_s: float
    times: int
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackCourse:
    """How an attack went, from the first request to the last."""

    happened: Happened
    outcomes: tuple[Judged, ...]
    recovery_s: float | None
    end_s: float
    """Until when users asked."""


def carry_out(rig: Rig, site: Site, mix: Mix, task: BreakTask, *, say: Say) -> AttackCourse:
    """Offer, let it happen, watch until all is right again. The fault is undone, also on Ctrl-C. Raises LabError."""
    chosen, plan = task.chosen, task.plan
    offering = Offering(rig, mix, rate=plan.rate, seed=plan.seed)
    with offering.at_work(first_s=plan.at_s + plan.for_s + seen.CALM_S + 1):
        happened = _happen(offering, site, chosen, plan, say=say)
        say(f"{happened.undone_s:.1f} s: undone ({happened.evidence}); waiting until all is right again")
        visited_s = _watch(offering, rig, mix, chosen, happened)
    outcomes, end_s = seen.judged(mix, offering.ended), offering.covered_s
    recovered_s = _recovered(outcomes, chosen, happened, end_s)
    known = recovered_s is not None and visited_s is not None
    recovery_s = max(recovered_s or 0.0, visited_s or 0.0) if known else None
    return AttackCourse(happened=happened, outcomes=tuple(outcomes), recovery_s=recovery_s, end_s=end_s)


def _happen(offering: Offering, site: Site, chosen: Chosen, plan: BreakPlan, *, say: Say) -> Happened:
    """Inject and undo, also where something goes wrong between the two, Ctrl-C included."""
    _sleep_until(offering, plan.at_s)
    injected_s, end_s = offering.now_s(), plan.at_s + (plan.for_s if chosen.fault.lasts else 0)
    say(f"{injected_s:.1f} s: {chosen.words}")
    times = 0
    try:
        with interrupts.told(say):
            while times == 0 or (chosen.fault.every_s and offering.now_s() < end_s):
                chosen.fault.inject(site)
                times += 1
                _sleep_until(offering, min(end_s, injected_s + times * (chosen.fault.every_s or plan.for_s)))
    finally:
        with interrupts.uninterrupted():
            evidence = chosen.fault.undo(site)
    return Happened(injected_s=injected_s, undone_s=offering.now_s(), times=times, evidence=evidence)


def _sleep_until(offering: Offering, at_s: float) -> None:
    time.sleep(max(at_s - offering.now_s(), 0))


def _watch(offering: Offering, rig: Rig, mix: Mix, chosen: Chosen, happened: Happened) -> float | None:
    """Wait until all is right again, at most `WATCHED_S`; returns when a newcomer was served, from the undoing."""
    visitor, visited_s = Visitor(rig.published_url), None
    while offering.now_s() < happened.undone_s + WATCHED_S:
        offering.require_well()
        if visited_s is None and visitor.succeeds():
            visited_s = offering.now_s() - happened.undone_s
        outcomes = seen.judged(mix, offering.ended)
        recovered_s = _recovered(outcomes, chosen, happened, offering.covered_s)
        if visited_s is not None and recovered_s is not None:
            break
        time.sleep(LOOK_EVERY_S)
    return visited_s


def _recovered(outcomes: Sequence[Judged], chosen: Chosen, happened: Happened, end_s: float) -> float | None:
    forgiven = frozenset({seen.SIGNED_OUT}) if chosen.fault.signs_out else frozenset[str]()
    return seen.recovered_s(outcomes, undone_s=happened.undone_s, end_s=end_s, forgiven=forgiven)

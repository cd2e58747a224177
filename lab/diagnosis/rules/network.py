"""What goes wrong between tiers: accept queues, refused and reset connections, ports, reconnects, time-outs."""

import itertools
from collections import Counter
from collections.abc import Iterator
from http import HTTPStatus

from lab.diagnosis import facts
from lab.diagnosis.finding import Clue
from lab.diagnosis.symptoms import CROWD, FEW
from lab.figures.numbers import count_text, time_text, whole_text
from lab.model.evidence import GIVEN_UP, Evidence, Link, TierLook, WrongAnswers

PORTS_SHARE = 0.9
RECONNECTS_SHARE = 0.3
"""Of the requests: so many new connections are no accident."""
CHURN_SHARE = 0.5
"""Of the looks, in which the inner tier has a process that was not there before."""
BEGUN_SHARE = 0.7
"""Of the new connections: so many processes that began are no pool of workers that fills, or is filled anew."""
BRIEF_SHARE = 0.5
"""Of those that began: where so many are gone by the next look, looks see few of them, and it is no pool either."""
LEAST_TIMEOUT_MS = 500.0
RESETS = 2
"""Times the failures: a proxy may try again on another kept connection. More are resets of something else."""
SAME_TIME = 2.0
"""A time-out ends all requests after the same time; on a busy machine the slowest comes later than the quickest."""


def accept_queue(observed: Evidence) -> Iterator[Clue]:
    """The kernel turned connections away because nobody accepted those before."""
    for tier in observed.tiers:
        if lost := facts.grown(observed, tier, "ListenOverflows"):
            longest = max((look.sockets.to_accept for look in _looks(observed, tier) if look.sockets), default=0)
            yield Clue(
                cause="accept-queue",
                tier=tier,
                since_s=facts.grown_since_s(observed, tier, "ListenOverflows"),
                evidence=(
                    (
                        f"The accept queue of {tier} was full: {whole_text(lost)} connections found no place "
                        f"(ListenOverflows), up to {longest} stood in it."
                    ),
                ),
            )


def _looks(observed: Evidence, tier: str) -> list[TierLook]:
    return [look.tiers[tier] for look in observed.looks]


def refused(observed: Evidence) -> Iterator[Clue]:
    """Nobody listens where a tier, or the load, wants to connect."""
    for place, tier in enumerate(observed.tiers):
        count, inner = facts.grown(observed, tier, "AttemptFails"), observed.tiers[place + 1 :]
        if count >= FEW and inner:
            deaf = next((name for name in inner if _is_deaf(observed, name)), inner[0])
            yield _refused(observed, tier, deaf, count, facts.grown_since_s(observed, tier, "AttemptFails"))
    entry = observed.tiers[0]
    if observed.course.errors.connect >= FEW:
        yield _refused(observed, "load", entry, observed.course.errors.connect, observed.course.failed_first_s or 0.0)


def _is_deaf(observed: Evidence, tier: str) -> bool:
    return any(not look.running or (look.sockets and not look.sockets.listening) for look in _looks(observed, tier))


def _refused(observed: Evidence, outer: str, inner: str, count: int, since_s: float) -> Clue:
    ended = any(not look.running for look in _looks(observed, inner))
    why = f"{inner} has ended" if ended else f"nobody listened at {inner}" if _is_deaf(observed, inner) else ""
    return Clue(
        cause="refused",
        tier=inner,
        other=outer,
        since_s=since_s,
        evidence=(f"{whole_text(count)} connections from {outer} to {inner} were refused{why and ': ' + why}.",),
    )


def _links(observed: Evidence) -> Iterator[tuple[str, str]]:
    for place, outer in enumerate(observed.tiers):
        yield from ((outer, inner) for inner in observed.tiers[place + 1 :])


def _link(look: TierLook, inner: str) -> Link:
    return look.sockets.towards.get(inner, Link()) if look.sockets else Link()


def ports(observed: Evidence) -> Iterator[Clue]:
    """Closed connections keep so many ports that no new one can be opened."""
    for outer, inner in _links(observed):
        there = observed.traits[outer].ports

        def is_full(look: TierLook, inner: str = inner, there: int = there) -> bool:
            link = _link(look, inner)
            return link.open + link.time_wait >= PORTS_SHARE * there

        began_s = facts.since_s(observed, outer, is_full)
        if began_s is None:
            continue
        most = max((_link(look, inner) for look in _looks(observed, outer)), key=lambda link: link.time_wait)
        yield Clue(
            cause="ports",
            tier=outer,
            other=inner,
            since_s=began_s,
            evidence=(
                (
                    f"{outer} had {whole_text(most.open)} connections to {inner} and {whole_text(most.time_wait)} "
                    f"closed ones in TIME_WAIT, which keep their ports for a minute; it has {whole_text(there)} ports."
                ),
            ),
        )


def keep_alive(observed: Evidence) -> Iterator[Clue]:
    """The inner tier closes kept connections just when the outer one uses them."""
    failed = [
        refusal
        for status, refusal in observed.course.refusals.items()
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR and refusal.count >= FEW and refusal.fastest_ms < LEAST_TIMEOUT_MS
    ]
    most = RESETS * sum(refusal.count for refusal in failed) + FEW
    for place, outer in enumerate(observed.tiers[:-1]):
        inner, resets = observed.tiers[place + 1], facts.grown(observed, outer, "EstabResets")
        alive = all(
            look.running and (look.sockets is None or look.sockets.listening) for look in _looks(observed, inner)
        )
        if failed and FEW <= resets <= most and alive:
            yield Clue(
                cause="keep-alive",
                tier=inner,
                other=outer,
                since_s=min(refusal.first_s for refusal in failed),
                evidence=(
                    (
                        f"{inner} cut {whole_text(resets)} connections that {outer} had kept and sent a request on; "
                        f"{inner} listened all the time."
                    ),
                ),
            )


def reconnects(observed: Evidence) -> Iterator[Clue]:
    """A tier opens connections to the next one and closes them again, and each costs the other a process.

    A thread costs little, and a pool of them that fills begins one for each connection, too.
    """
    sent = observed.course.offered - observed.course.dropped
    for outer, inner in _links(observed):
        opened = facts.grown(observed, inner, "PassiveOpens")
        closed = max((_link(look, inner).time_wait for look in _looks(observed, outer)), default=0)
        if opened < max(RECONNECTS_SHARE * sent, FEW) or closed < RECONNECTS_SHARE * opened:
            continue
        begun, brief = _begun(observed, inner)
        each = begun >= BEGUN_SHARE * opened or brief >= BRIEF_SHARE * begun
        if begun and each and _churn(observed, inner) >= CHURN_SHARE:
            yield Clue(
                cause="reconnects",
                tier=outer,
                other=inner,
                since_s=facts.grown_since_s(observed, inner, "PassiveOpens"),
                evidence=(
                    (
                        f"{inner} was connected to {whole_text(opened)} times during {whole_text(sent)} requests, and "
                        f"at least {whole_text(begun)} processes of it began meanwhile; {outer} closed "
                        f"{whole_text(closed)} of these connections itself."
                    ),
                ),
            )


def _churn(observed: Evidence, tier: str) -> float:
    """The share of the looks that found a process which the look before had not."""
    found = facts.processes(observed, tier)
    new = [bool(after - before) for before, after in itertools.pairwise(found)]
    return sum(new) / len(new) if new else 0.0


def _begun(observed: Evidence, tier: str) -> tuple[int, int]:
    """How many processes were seen that were not there at rest, and how many of them in one look alone."""
    known = {task.pid for task in observed.at_rest.tiers[tier].tasks or ()}
    found = facts.processes(observed, tier)
    seen = Counter(process for look in found for process in look - known)
    return len(seen), sum(seen[process] == 1 for process in seen.keys() - found[-1])


def held_back(observed: Evidence) -> Iterator[Clue]:
    """Nginx has taken requests in that it passes on to nobody, as `limit_req` with a `burst` does, without a word."""
    for place, tier in enumerate(observed.tiers):
        behind = observed.tiers[place + 1 :]
        if "nginx" not in observed.traits[tier].parts or not behind:
            continue
        inside = facts.taken_in(observed, tier)
        passed = facts.of_sockets(observed, tier, lambda one: sum(link.open for link in one.towards.values()))
        asked = passed or sum(facts.grown(observed, inner, "PassiveOpens") for inner in behind) >= FEW
        waits = any(facts.of_sockets(observed, inner, lambda one: one.queue) for inner in behind)
        least = CROWD * passed + FEW

        def is_crowded(look: TierLook, least: float = least) -> bool:
            return look.sockets is not None and look.sockets.in_hand >= least

        if asked and not waits and inside >= least:
            began_s = facts.since_s(observed, tier, is_crowded)
            yield Clue(
                cause="configured-limit",
                tier=tier,
                since_s=began_s or 0.0,
                evidence=(
                    (
                        f"{tier} had taken in {whole_text(round(inside))} requests and had "
                        f"{count_text(round(passed), 'connection')} open to the tiers behind it, at none of which "
                        "anything waited: it holds them back itself, as it does where it is told to delay them."
                    ),
                ),
            )


def time_out(observed: Evidence) -> Iterator[Clue]:
    """A proxy gives up after a time, and the tier behind it works on for nobody."""
    for status, refusal in observed.course.refusals.items():
        if _is_timeout(status, refusal) and len(observed.tiers) > 1:
            outer, inner = observed.tiers[:2]
            left = max((look.sockets.hung_up for look in _looks(observed, inner) if look.sockets), default=0)
            after = time_text(refusal.fastest_ms / 1000)
            works = f" {inner} still had up to {left} requests in hand whose client was gone." if left else ""
            yield Clue(
                cause="time-out",
                tier=outer,
                other=inner,
                since_s=refusal.first_s,
                evidence=(f"{whole_text(refusal.count)} requests were answered {status} after {after}.{works}",),
            )


def _is_timeout(status: int, refusal: WrongAnswers) -> bool:
    return (
        status in GIVEN_UP
        and refusal.count >= FEW
        and refusal.fastest_ms >= LEAST_TIMEOUT_MS
        and refusal.slowest_ms <= SAME_TIME * refusal.fastest_ms
    )

"""Pure: what must hold whatever happens to a service, and whether it did."""

from collections import Counter
from collections.abc import Iterator, Sequence

from lab.faults import seen
from lab.faults.record import Promise
from lab.faults.seen import Judged
from lab.orders.verdict import OrderFinding

RECOVERY_S = 30.0
NAMES_SHOWN = 3

ORDERS = "no acknowledged order is lost or doubled"
TOKENS = "no revoked token is accepted"
ANSWERS = "no 5xx but a 503 with its problem document"
RECOVERY = f"all is right again within {RECOVERY_S:.0f} s"
RELOADS = "no request fails over reloads"


def judge(
    outcomes: Sequence[Judged],
    findings: Sequence[OrderFinding],
    *,
    acknowledged: int,
    recovery_s: float | None,
    reloads: int | None,
) -> Iterator[Promise]:
    """Each promise with what it was judged by; `reloads` is how many there were, None where that is not the fault."""
    yield _orders(outcomes, findings, acknowledged=acknowledged)
    yield _tokens(outcomes)
    yield _answers(outcomes)
    yield _recovery(recovery_s)
    if reloads is not None:
        yield _reloads(outcomes, reloads)


def _orders(outcomes: Sequence[Judged], findings: Sequence[OrderFinding], *, acknowledged: int) -> Promise:
    empty = sum(outcome.failure == seen.WITHOUT_ORDER for outcome in outcomes)
    wrong = Counter[str](finding.kind for finding in findings)
    if empty:
        wrong[seen.WITHOUT_ORDER] = empty
    which = "; ".join(f"{finding.subject}: {finding.detail}" for finding in findings[:NAMES_SHOWN])
    named = f" ({which})" if which else ""
    detail = f"{_counts(wrong)}{named}" if wrong else f"{acknowledged:,} were acknowledged"
    return Promise(name=ORDERS, kept=not wrong, detail=detail)


def _tokens(outcomes: Sequence[Judged]) -> Promise:
    asked = [outcome for outcome in outcomes if outcome.part.what == "revoked"]
    accepted = sum(outcome.failure == seen.REVOKED_ACCEPTED for outcome in asked)
    detail = f"{accepted:,} of {len(asked):,} requests with one were let in" if accepted else f"{len(asked):,} tried it"
    return Promise(name=TOKENS, kept=not accepted, detail=detail)


def _answers(outcomes: Sequence[Judged]) -> Promise:
    kinds = (outcome.failure for outcome in outcomes if outcome.failure is not None)
    wrong = Counter(kind for kind in kinds if kind.startswith(seen.UNDOCUMENTED))
    documented = sum(outcome.failure == seen.UNAVAILABLE for outcome in outcomes)
    detail = _counts(wrong) if wrong else f"{documented:,} were 503 as documented"
    return Promise(name=ANSWERS, kept=not wrong, detail=detail)


def _recovery(recovery_s: float | None) -> Promise:
    kept = recovery_s is not None and recovery_s <= RECOVERY_S
    detail = "not while it was watched" if recovery_s is None else f"{recovery_s:.1f} s after the fault was undone"
    return Promise(name=RECOVERY, kept=kept, detail=detail)


def _reloads(outcomes: Sequence[Judged], reloads: int) -> Promise:
    failed = Counter(outcome.failure for outcome in outcomes if outcome.failure is not None)
    again = sum(outcome.ended.again for outcome in outcomes)
    detail = f"{_counts(failed) or '0 failed'} of {len(outcomes):,} over {reloads:,} reloads; {again:,} were sent again"
    return Promise(name=RELOADS, kept=not failed, detail=detail)


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{count:,} × {kind}" for kind, count in sorted(counts.items()))

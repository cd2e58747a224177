"""Pure: from what became of each request to what users saw, before, during and after, and second by second."""

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus

from pydantic import BaseModel, ValidationError

from lab.faults.mix import Mix, Part
from lab.faults.record import Stretch
from lab.load.pace import Ended
from lab.orders.history import Acknowledgement, History, SentOrder

UNAVAILABLE = "unavailable"
"""503 with its problem document: what the service says when it cannot answer. Documented, and not right."""
SIGNED_OUT = "signed out"
REVOKED_ACCEPTED = "revoked accepted"
UNDOCUMENTED = "undocumented"
WITHOUT_ORDER = "acknowledged without its order"
_ANSWERED = "answered"
_PROBLEM = "urn:lab:problem:unavailable"
CALM_S = 3.0
"""So long all must be right before it is believed that it is over."""


class _OrderTold(BaseModel):
    id: int
    item_id: int
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One request, judged."""

    part: Part
    ended: Ended
    failure: str | None
    """Its kind; None for a right answer."""

    @property
    def latency_s(self) -> float:
        """From when it was due."""
        return self.ended.end_s - self.ended.due_s


def shifted(ended: Sequence[Ended], *, by_s: float) -> list[Ended]:
    """The same on another clock."""
    return [replace(one, due_s=one.due_s + by_s, end_s=one.end_s + by_s) for one in ended]


def judged(mix: Mix, ended: Sequence[Ended]) -> list[Judged]:
    """Each request with what is wrong with its answer."""
    return [Judged(part=mix.parts[one.place], ended=one, failure=_failure(mix.parts[one.place], one)) for one in ended]


def _failure(part: Part, ended: Ended) -> str | None:
    if ended.end != _ANSWERED or ended.status is None:
        return ended.end
    status = ended.status
    if status in part.request.statuses:
        return WITHOUT_ORDER if part.what == "order" and _order(ended) is None else None
    if status == HTTPStatus.SERVICE_UNAVAILABLE and _is_problem(ended.body):
        return UNAVAILABLE
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"{UNDOCUMENTED} {status}"
    if part.what == "revoked" and status < HTTPStatus.BAD_REQUEST:
        return REVOKED_ACCEPTED
    return SIGNED_OUT if status == HTTPStatus.UNAUTHORIZED else f"status {status}"


def _is_problem(body: str) -> bool:
    document = _json(body)
    return isinstance(document, dict) and document.get("type") == _PROBLEM


def _json(body: str) -> object:
    try:
        document: object = json.loads(body)
    except ValueError:
        return None
    return document


def _order(ended: Ended) -> Acknowledgement | None:
    """What the answer says of the order; None where it does not say it."""
    try:
        told = _OrderTold.model_validate_json(ended.body)
    except ValidationError:
        return None
    return Acknowledgement(
        status_code=ended.status or 0,
        order_id=told.id,
        item_id=told.item_id,
        quantity=told.quantity,
        replayed=False,  # the header that says so is not kept
    )


def history(mix: Mix, outcomes: Sequence[Judged]) -> History:
    """The orders, as those that check orders know them: what was neither acknowledged nor refused is open."""
    orders = (outcome for outcome in outcomes if outcome.part.what == "order" and outcome.ended.unique)
    return History(orders=tuple(_sent(mix, outcome) for outcome in orders))


def _sent(mix: Mix, outcome: Judged) -> SentOrder:
    part, ended = outcome.part, outcome.ended
    answered = ended.end == _ANSWERED
    acknowledged = _order(ended) if answered and ended.status in part.request.statuses else None
    return SentOrder(
        user_id=part.user_id,
        key=mix.prefix + ended.unique,
        item_id=part.item_id,
        quantity=part.quantity,
        tries=2 if ended.again else 1,
        acknowledged=acknowledged,
        refused=HTTPStatus.CONFLICT.value if answered and ended.status == HTTPStatus.CONFLICT else None,
    )


def stretch(name: str, outcomes: Sequence[Judged], begin_s: float, end_s: float) -> Stretch:
    """What became of those that were due from `begin_s` to before `end_s`."""
    due = [outcome for outcome in outcomes if begin_s <= outcome.ended.due_s < end_s]
    latencies = sorted(outcome.latency_s * 1000 for outcome in due if outcome.failure is None)
    failures = Counter(outcome.failure for outcome in due if outcome.failure is not None)
    return Stretch(
        name=name,
        begin_s=round(begin_s, 3),
        end_s=round(end_s, 3),
        offered=len(due),
        right=len(latencies),
        p50_ms=percentile(latencies, 50),
        p99_ms=percentile(latencies, 99),
        failures=dict(sorted(failures.items())),
    )


def percentile(ordered: Sequence[float], percent: float) -> float | None:
    """The nearest rank: the least value that so many percent are not above; None of nothing."""
    return ordered[max(math.ceil(len(ordered) * percent / 100), 1) - 1] if ordered else None


def seconds(outcomes: Sequence[Judged], *, end_s: float) -> Iterator[Stretch]:
    """Each whole second until the end of the load."""
    for second in range(int(end_s)):
        yield stretch(str(second), outcomes, second, second + 1)


def last_failure_s(outcomes: Sequence[Judged], *, after_s: float, forgiven: frozenset[str]) -> float:
    """When the last request was due that failed after a moment; that moment if none did."""
    failed = (
        outcome.ended.due_s for outcome in outcomes if outcome.failure is not None and outcome.failure not in forgiven
    )
    return max((due_s for due_s in failed if due_s >= after_s), default=after_s)


def recovered_s(outcomes: Sequence[Judged], *, undone_s: float, end_s: float, forgiven: frozenset[str]) -> float | None:
    """From the undoing until all was right again and stayed so for `CALM_S`; None if it did not."""
    last_s = last_failure_s(outcomes, after_s=undone_s, forgiven=forgiven)
    return round(last_s - undone_s, 3) if end_s - last_s >= CALM_S else None

"""From findings to a verdict: what explains the others, and was there first."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from lab.diagnosis import growth
from lab.diagnosis.finding import CAUSES, EXPLAINS, TOLD_LATE, Clue
from lab.diagnosis.rules import capacity, network, resources, said, workers
from lab.diagnosis.symptoms import symptoms
from lab.model.evidence import Evidence

Outcome = Literal["healthy", "found", "undecided"]
Rule = Callable[[Evidence], Iterator[Clue]]
RULES: tuple[Rule, ...] = (
    resources.memory,
    resources.throttling,
    resources.cpu,
    resources.neighbours,
    resources.files,
    resources.load,
    said.written,
    workers.restarts,
    capacity.blocking,
    capacity.pool,
    capacity.in_service,
    network.held_back,
    network.accept_queue,
    network.refused,
    network.ports,
    network.keep_alive,
    network.reconnects,
    network.time_out,
)
FIRST_BY_S = 2.0
"""By so much must one be earlier to come first for that alone: looks are taken a few times a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What became of a stack under a load, and why."""

    outcome: Outcome
    symptoms: tuple[str, ...]
    first: Clue | None
    followed: tuple[Clue, ...]
    """What else was found, as a consequence or beside it."""
    remarks: tuple[str, ...] = ()
    """What will give way later, though it has not yet: sentences."""


def diagnose(observed: Evidence) -> Diagnosis:
    """Say what gave way first, that nothing did, or that the evidence does not decide."""
    signs = symptoms(observed)
    clues = [clue for rule in RULES for clue in rule(observed)]
    remarks = () if any(clue.leaks for clue in clues) else growth.remarks(observed)
    if not signs:
        return Diagnosis(outcome="healthy", symptoms=(), first=None, followed=tuple(clues), remarks=remarks)
    roots = [clue for clue in clues if not any(_explains(other, clue, observed) for other in clues)]
    ordered = _ordered(roots or clues, observed)
    if not ordered:
        return Diagnosis(outcome="undecided", symptoms=signs, first=None, followed=(), remarks=remarks)
    first = ordered[0]
    rest = [clue for clue in _ordered(clues, observed) if clue is not first]
    return Diagnosis(outcome="found", symptoms=signs, first=first, followed=tuple(rest), remarks=remarks)


def _explains(one: Clue, other: Clue, observed: Evidence) -> bool:
    """Whether one makes the other its consequence. Of two alike the inner tier's does: the outer one waits for it."""
    if one.cause == other.cause:
        return _depth(one, observed) > _depth(other, observed)
    if other.cause not in EXPLAINS[one.cause]:
        return False
    return one.cause in TOLD_LATE or one.since_s <= other.since_s + FIRST_BY_S


def _depth(clue: Clue, observed: Evidence) -> int:
    return observed.tiers.index(clue.tier) if clue.tier in observed.tiers else -1


def _ordered(clues: Sequence[Clue], observed: Evidence) -> list[Clue]:
    earliest_s = min((clue.since_s for clue in clues), default=0.0)
    return sorted(
        clues,
        key=lambda clue: (
            clue.since_s > earliest_s + FIRST_BY_S,
            CAUSES.index(clue.cause),
            -_depth(clue, observed),
            clue.since_s,
        ),
    )

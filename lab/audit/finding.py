"""What an audit can find: the causes, each with its name, and what was found of one."""

from dataclasses import dataclass
from typing import Literal

Cause = Literal[
    "timeouts",
    "connect",
    "generator",
    "unfinished",
    "reconnects",
    "unaccounted",
    "wrk-correction",
    "too-many",
    "by-definition",
    "offered",
    "failures",
    "lost",
    "no-answer",
    "percentiles",
    "spread",
    "waves",
    "totals",
    "units",
    "ratios",
    "overlap",
    "faster-than-base",
    "errors-ranked",
    "not-applied",
]

TITLES: dict[Cause, str] = {
    "timeouts": "clients left out by the tool's time-out",
    "connect": "connections that never existed",
    "generator": "the load generator was full",
    "unfinished": "clients still waiting when the load ended",
    "reconnects": "connecting again is not in the mean",
    "unaccounted": "connections not accounted for",
    "wrk-correction": "wrk's correction of its mean",
    "too-many": "more requests under way than connections",
    "by-definition": "a mean that is connections ÷ rate by definition",
    "offered": "an offered rate shown as a served one",
    "failures": "failures among the answers",
    "lost": "requests that broke off",
    "no-answer": "nothing was answered",
    "percentiles": "percentiles that are not",
    "spread": "a deviation that cannot be",
    "waves": "whole waves of a long wait",
    "totals": "total, rate and duration disagree",
    "units": "a figure that cannot be read as printed",
    "ratios": "a mean of ratios",
    "overlap": "averages over overlapping runs",
    "faster-than-base": "faster than what it runs on",
    "errors-ranked": "errors ranked as speed",
    "not-applied": "Little's law not applied",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One cause with its arithmetic in words."""

    cause: Cause
    text: str
    fault: bool = True
    """Whether it speaks against the figures; a note only says how to read them."""
    rows: tuple[str, ...] = ()
    """Of a finding about several rows: their labels."""

    @property
    def title(self) -> str:
        """The cause as a reader would call it."""
        return TITLES[self.cause]


def note(cause: Cause, text: str) -> Finding:
    """A finding that does not speak against the figures."""
    return Finding(cause=cause, text=text, fault=False)

"""What only several rows together show: plateaus, averages, ranks."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import yaml

from lab.audit.checks import account, failures, latency
from lab.audit.finding import Finding
from lab.audit.row import Row
from lab.audit.words import number, percent

ALIKE = 3
"""Rows that must agree before it is no chance."""
PLATEAU = 0.03
"""Of the rate, within which unlike servers stand on one plateau."""
FASTER = 0.05
"""By which a framework must beat what it runs on before noise is no excuse."""
RANKED_SHARE = 0.10
"""Share of the answers: with that many failures, a row's rate is not a rate of answering."""
EXACT = 0.0005
"""Within which a mean is connections ÷ rate by arithmetic and not by measuring."""
SUMMARY = re.compile(
    r"^(average|avg|mean|geo ?mean|geometric mean|total|overall|median|summary|durchschnitt|mittel\w*)\b", re.IGNORECASE
)
RUNS_ON = Path(__file__).parents[1] / "runs_on.yaml"


def is_summary(row: Row) -> bool:
    """Whether a row is no system but the average of the others."""
    return bool(SUMMARY.match(row.name)) and row.tool != "locust"


def of_table(rows: Sequence[Row]) -> Iterator[Finding]:
    """What is odd about a table as a whole."""
    yield from _mean_of_ratios(rows)
    systems = [row for row in rows if not is_summary(row) and row.tool != "locust"]  # its rows are kinds of requests
    yield from _overlapping(systems)
    yield from _faster_than_base(systems)
    yield from _errors_ranked(systems)
    yield from _same_rate_as_asked(systems)
    yield from _by_definition(systems)


def together(rows: Sequence[Row], findings: Sequence[tuple[Finding, ...]]) -> list[tuple[Finding, ...]]:
    """The findings of each row, with those that only its neighbours make certain."""
    found = list(findings)
    systems = [index for index, row in enumerate(rows) if not is_summary(row)]
    ranks = {index: rank for index in systems if (rank := latency.mean_as_percentile(rows[index])) is not None}
    if len(ranks) == len(systems) >= ALIKE:
        for index, rank in ranks.items():
            if not any(one.cause == "percentiles" for one in found[index]):
                found[index] = (*found[index], latency.equal_to_mean(rows[index], rank))
    for index in _plateau(rows, systems):
        full = _full_generator(rows[index], len(_plateau(rows, systems)))
        found[index] = tuple(full if one.cause == "unaccounted" else one for one in found[index])
    return found


def _plateau(rows: Sequence[Row], systems: Sequence[int]) -> list[int]:
    """The fastest rows, if at least three unlike ones are level and none accounts for its connections."""
    accounts = {index: found for index in systems if (found := account.account(rows[index]))}
    short = [index for index, found in accounts.items() if found.is_short and not rows[index].errors.timeout]
    fastest = sorted(short, key=lambda index: -(rows[index].rate or 0))
    if len(fastest) < ALIKE or max(rows[i].rate or 0 for i in systems) > (rows[fastest[0]].rate or 0):
        return []
    top = rows[fastest[0]].rate or 0
    level = [index for index in fastest if (rows[index].rate or 0) >= top * (1 - PLATEAU)]
    unlike = {rows[index].name for index in level}
    return level if len(unlike) >= ALIKE else []


def _full_generator(row: Row, level: int) -> Finding:
    found = account.account(row)
    text = f"{found.text}, and " if found else ""
    return Finding(
        cause="generator",
        text=f"{text}{level} unlike servers stand within {percent(PLATEAU)} of {number(row.rate or 0)}/s: what they "
        "have in common is the load generator and the way to it, and that was full",
    )


def _mean_of_ratios(rows: Sequence[Row]) -> Iterator[Finding]:
    """An arithmetic mean of multiples: its order depends on which system is called 1."""
    ratios = [row.ratio for row in rows if row.ratio and not is_summary(row)]
    for row in rows:
        if not is_summary(row) or not row.ratio or len(ratios) < 2:  # noqa: PLR2004
            continue
        mean, geometric = math.fsum(ratios) / len(ratios), math.exp(math.fsum(map(math.log, ratios)) / len(ratios))
        if abs(row.ratio / mean - 1) < PLATEAU / 3 < abs(mean / geometric - 1):
            text = (
                f"{number(row.ratio)} is the mean of {len(ratios)} ratios. Turned round, the same figures give another "
                f"winner: ratios are averaged by their product, which gives {number(geometric)}"
            )
            yield Finding(cause="ratios", text=text, rows=(row.label,))


def _overlapping(rows: Sequence[Row]) -> Iterator[Finding]:
    """Neighbours in rank whose single runs or intervals overlap."""
    spans = [(row, *span) for row in rows if (span := _span(row)) and row.rate]
    ranked = sorted(spans, key=lambda one: -(one[0].rate or 0))
    for (better, low, high), (worse, next_low, next_high) in pairwise(ranked):
        if better.name != worse.name and next_high >= low:
            text = (
                f"{better.name} ({number(low)} to {number(high)}/s) and {worse.name} ({number(next_low)} to "
                f"{number(next_high)}/s) overlap: their averages do not say which is faster"
            )
            yield Finding(cause="overlap", text=text, rows=(better.label, worse.label))


def _span(row: Row) -> tuple[float, float] | None:
    if len(row.runs) >= 2:  # noqa: PLR2004
        return min(row.runs), max(row.runs)
    return (row.rate - row.spread, row.rate + row.spread) if row.rate and row.spread else None


@cache
def _bases() -> Mapping[str, Sequence[str]]:
    loaded: dict[str, list[str]] = yaml.safe_load(RUNS_ON.read_text("utf-8"))
    return loaded


def _plain(name: str) -> str:
    bare = re.sub(r"[^a-z0-9]", "", name.lower().removeprefix("go-").removeprefix("go "))
    return bare or name.lower()


def _faster_than_base(rows: Sequence[Row]) -> Iterator[Finding]:
    by_name = {_plain(row.name): row for row in rows if row.rate}
    for row in rows:
        for base in (by_name[name] for name in _bases().get(_plain(row.name), ()) if name in by_name):
            if base.connections == row.connections and row.rate and row.rate > (base.rate or 0) * (1 + FASTER):
                text = (
                    f"{row.name} ({number(row.rate)}/s) runs on {base.name} ({number(base.rate or 0)}/s) and is "
                    f"{number(row.rate / (base.rate or 1))} times as fast: the two did not do the same work"
                )
                yield Finding(cause="faster-than-base", text=text, rows=(row.label, base.label))


def _errors_ranked(rows: Sequence[Row]) -> Iterator[Finding]:
    """Rows that stand before others by answers that were failures."""
    for row in rows:
        failed = row.failed_share or 0
        if failed < RANKED_SHARE or not row.rate or not failures.rate_counts_failures(row):
            continue
        behind = [one for one in rows if one.rate and one.rate < row.rate and (one.failed_share or 0) < RANKED_SHARE]
        if behind:
            text = (
                f"{row.name} stands before {behind[0].name}{f' and {len(behind) - 1} more' if behind[1:] else ''} with "
                f"{number(row.rate)}/s, of which {percent(failed)} are failures; {number(row.rate * (1 - failed))}/s "
                "were answered"
            )
            yield Finding(cause="errors-ranked", text=text, rows=(row.label,))


def _same_rate_as_asked(rows: Sequence[Row]) -> Iterator[Finding]:
    """Rows that all answered what was sent: a note, as nothing is wrong with that but to rank them by it."""
    asked = [
        row for row in rows if row.rate and row.offered_rate and abs(row.rate / row.offered_rate - 1) < PLATEAU / 3
    ]
    if len({row.name for row in asked}) >= ALIKE:
        text = f"{len(asked)} rows have the rate that was sent: it does not tell them apart, their latencies do"
        yield Finding(cause="offered", text=text, fault=False, rows=tuple(row.label for row in asked))


def _by_definition(rows: Sequence[Row]) -> Iterator[Finding]:
    """Means that are all connections ÷ rate to the last digit were computed so."""
    accounts = [found for row in rows if not row.mean_by_definition and (found := account.account(row))]
    fine = [one for one in accounts if one.row.mean_step_s <= EXACT * one.mean_s]
    if len(fine) >= ALIKE and all(abs(one.share - 1) <= EXACT for one in fine):
        text = (
            f"the means of {len(fine)} rows are connections ÷ rate to the last digit: they were computed from the "
            "rates and confirm nothing"
        )
        yield Finding(cause="by-definition", text=text, fault=False, rows=tuple(one.row.label for one in fine))

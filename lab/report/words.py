"""The sentences around a table: what came out, under which conditions, and how to read it."""

import re
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence

from lab.model import Bound, Budget
from lab.report.figures import DASH, counted, figure, interval, listing, span
from lab.report.rows import Row, Section

_CAPTION_WIDTH = 48
_SLOTS = re.compile(r"\s*([\d,]+)\s+slot")


def headline(section: Section, budget: Budget) -> str:
    """Say who won, by how much, how sure that is, and what limited the rows."""
    if not section.contest:
        return _nothing_ranked(section)
    sentences = [*_winner(section.contest), _limits(section.contest, budget)]
    ranked = sum(row.rank is not None for row in section.rows)
    if ranked > len(section.contest):
        sentences.insert(0, f"Rows under different loads are ranked apart; most had {_load(section)}.")
    return " ".join(sentence for sentence in sentences if sentence)


def conditions(section: Section) -> tuple[tuple[str, str], ...]:
    """List what holds for a whole table: budget, pins, load, rounds."""
    rounds = sorted({cell.rounds for cell in section.cells})
    return (
        ("table", section.table),
        ("budget", section.budget),
        ("pins", listing(list(section.pins))),
        ("load", "; ".join(section.loads)),
        ("rounds", DASH.join(str(n) for n in dict.fromkeys((rounds[0], rounds[-1])))),
    )


def caption(section: Section) -> tuple[str, ...]:
    """Give the conditions in lines short enough for a chart on a telephone: table and pins, budget, load."""
    facts = dict(conditions(section))
    more = len(section.loads) - 1
    load = section.loads[0] + (f"; {more} more" if more else "")
    lines = f"table {facts['table']} · pins {facts['pins']}", f"budget {facts['budget']}", f"load {load}"
    return tuple(part for line in lines for part in textwrap.wrap(line, _CAPTION_WIDTH))


def how_to_read(section: Section, budget: Budget) -> tuple[str, ...]:
    """Explain the table, one sentence or two a point."""
    return tuple(_how_to_read(section, budget))


def notes(rows: Sequence[Row]) -> tuple[tuple[str, str], ...]:
    """Gather the notes of rows, each once, with the rows that it is about."""
    about: dict[str, list[str]] = {}
    for row in rows:
        for note in row.notes:
            about.setdefault(note, []).append(row.label)
    return tuple((listing(labels), note) for note, labels in about.items())


def _how_to_read(section: Section, budget: Budget) -> Iterator[str]:
    rounds = dict(conditions(section))["rounds"]
    yield (
        "Requests/s is what was answered after the first second of each round, in which the clients connect, with "
        f"a 95% bootstrap interval over rounds ({rounds} of each row). So few rounds make it too narrow: with three "
        "it is their range, and holds the true mean three times in four (docs/method.md). A number without an "
        "interval is not printed. Rows share a rank (=2) where the intervals of neighbours overlap: they cannot be "
        "told apart."
    )
    scaled = " This host could not give what was wished, so compare with published figures with care."
    yield f"Budget: each stack may use {section.budget}.{scaled if budget.scaled else ''}"
    pins = listing(list(section.pins))
    yield f"Pins: {pins}. The versions that the articles used are called seed, today's releases current."
    yield (
        f"Load: {'; '.join(section.loads)}. In a closed loop a connection sends its next request only when "
        "it has its answer, so a slow stack is also asked less often."
    )
    yield (
        "Bound is the ceiling of a row: the lowest of what its connections, its slots (requests in service "
        "at once) and its cores allow. A row at 0.85 of its bound or more counts as limited by it."
    )
    yield (
        "CPU in µs/request is the steadiest figure on a shared host. Latencies are percentiles of all "
        "rounds together, never averages of percentiles. Published figures come from other machines."
    )


def _load(section: Section) -> str:
    return counted(section.contest[0].cell.load.connections, "connection")


def _nothing_ranked(section: Section) -> str:
    unranked = len(section.rows)
    causes = [f"{counted(unranked, 'row')} without an interval"] if unranked else []
    if section.invalid:
        causes.append(f"{counted(len(section.invalid), 'row')} not valid")
    return f"Nothing can be ranked: {listing(causes)}."


def _winner(contest: Sequence[Row]) -> Iterator[str]:
    first = [row for row in contest if row.rank == 1]
    rest = contest[len(first) :]
    if len(first) > 1:
        yield _shared_lead(first)
    else:
        yield _single_lead(first[0], alone=not rest)
    if rest:
        yield _distance(first, rest)


def _single_lead(row: Row, *, alone: bool) -> str:
    rate = f"{figure(row.rate.value if row.rate else None)} requests/s (95% interval {interval(row.rate)})"
    said = f"{row.label} answered {'' if alone else 'most: '}{rate}"
    return f"{said}; there is no other row to compare it with." if alone else f"{said}."


def _shared_lead(rows: Sequence[Row]) -> str:
    low, high = rows[-1].rate, rows[0].rate
    between = span(low.value, high.value) if low and high else ""
    labels = listing([row.label for row in rows])
    return f"{labels} lead with {between} requests/s and cannot be told apart: their 95% intervals overlap."


def _distance(first: Sequence[Row], rest: Sequence[Row]) -> str:
    """Compare the last of those in front with the best of those behind, by values and by interval ends."""
    ahead, behind = first[-1].rate, rest[0].rate
    if not (ahead and behind and ahead.low and ahead.high and behind.low and behind.high):
        return f"{rest[0].label} comes next."
    ratio = figure(ahead.value / behind.value)
    least, most = ahead.low / behind.high, ahead.high / behind.low
    rounds = min(row.cell.rounds for row in (first[-1], rest[0]))
    whose = "That is" if len(first) == 1 else f"The last of them ({first[-1].label}) had"
    return (
        f"{whose} {ratio} times as many as {rest[0].label}, which comes next: {span(least, most)} times by "
        f"the ends of the two intervals, which do not overlap ({counted(rounds, 'round')} each)."
    )


def _limits(contest: Sequence[Row], budget: Budget) -> str:
    at_bound = Counter(_limit(row.cell.bound, budget) for row in contest if row.cell.bound and row.at_bound)
    causes = [(limit, count) for limit, count in at_bound.most_common()]
    said = [f"{count} by {_whose(limit, count)}" for limit, count in causes]
    below = sum(bool(row.cell.bound) and not row.at_bound for row in contest)
    if below:
        said.append(f"{below} by something else (below 0.85 of every bound)")
    if not said:
        return ""
    said[0] = said[0].replace(" by", " was limited by" if said[0].startswith("1 ") else " were limited by", 1)
    return f"Of the {counted(len(contest), 'ranked row')}, {listing(said)}."


def _limit(bound: Bound | None, budget: Budget) -> str:
    if bound is None or bound.name == "connections":
        return "the number of connections"
    if bound.name == "cores":
        return "~ core" if len(budget.stack_cpus) == 1 else "~ cores"
    slots = _SLOTS.match(bound.formula)
    return f"~ {slots[1]} slots" if slots else "~ slots"


def _whose(limit: str, count: int) -> str:
    return limit.replace("~", "its" if count == 1 else "their")

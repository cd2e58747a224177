"""The sentences above a table: what came out, how sure that is, and what limited the rows."""

from collections import Counter
from collections.abc import Iterator, Sequence

from lab.figures import compare
from lab.figures.numbers import chosen_text, count_text, floor_text, interval_text, listing, number_text, span_text
from lab.model import Estimate, Footprint
from lab.report import cores, duets
from lab.report.rows import ReportRow, Section, series, with_interval

NAMED = 4
"""Of the rows that lead, in a sentence."""

_Limit = tuple[str, int | None]
"""The name of a bound, and the number of slots where these are it."""
_NONE: _Limit = ("none", None)


def headline(section: Section) -> str:
    """Say who won, by how much, and what limited the rows; of a table of footprints, who takes up least."""
    return " ".join(
        sentence for sentence in (leading(section), _limits(section), *cores.sentences(section)) if sentence
    )


def leading(section: Section) -> str:
    """Say the same without what limited the rows."""
    return " ".join((*_came_out(section), *duets.not_valid(section)))


def _came_out(section: Section) -> Sequence[str]:
    sentences = [*_least(section), *duets.sentences(section), *_growth(section)]
    if section.contest and len(section.workloads) > 1:
        sentences.append(_nobody_wins(section))
    elif section.contest:
        sentences += [*_apart(section), *_winner(section.contest)]
    elif not sentences:
        return [_nothing_ranked(section)]
    return sentences


def _nobody_wins(section: Section) -> str:
    return f"Its rows are ranked within each of {len(section.workloads)} workloads; no row wins the table."


def _nothing_ranked(section: Section) -> str:
    unranked = len(section.rows)
    causes = [f"{count_text(unranked, 'row')} without an interval"] if unranked else []
    if section.invalid:
        causes.append(f"{count_text(len(section.invalid), 'row')} not valid")
    return f"Nothing can be ranked: {listing(causes)}."


def _least(section: Section) -> Iterator[str]:
    """Compare the lightest stack with the heaviest, by cold start and by memory at rest."""
    found = [(row, row.result.footprint) for row in section.weighed if row.result.valid]
    weighed = [(row.label, footprint) for row, footprint in found if footprint]
    weighed = [(label, footprint) for label, footprint in weighed if with_interval(footprint.cold_start_s)]
    for sentence, weight in ((_start, _cold_s), (_rest, _idle_mib)):
        ordered = sorted(weighed, key=lambda pair: weight(pair[1]))
        ends = ordered[:1] + ordered[1:][-1:]
        if ends:
            yield f"{', '.join(sentence(*end) for end in ends)}."


def _start(label: str, footprint: Footprint) -> str:
    start = footprint.cold_start_s
    return f"{label} answers {number_text(start.value)} s (95% interval {interval_text(start)}) after a cold start"


def _rest(label: str, footprint: Footprint) -> str:
    held = f"{number_text(_idle_mib(footprint))} MiB at rest, in {count_text(footprint.containers, 'container')}"
    return f"{label} holds {held}"


def _cold_s(footprint: Footprint) -> float:
    return footprint.cold_start_s.value


def _idle_mib(footprint: Footprint) -> float:
    total = footprint.idle_mib.get("total")
    return total.value if total else 0.0


def _growth(section: Section) -> Iterator[str]:
    for name, rows in series(section.rows).items():
        few, many = rows[0], rows[-1]
        if few.wall and many.wall and few.wall.value:
            ratio = many.cell.load.connections / few.cell.load.connections
            yield (
                f"{name}: {count_text(few.cell.load.connections, 'request')} took {number_text(few.wall.value)} s, "
                f"{many.cell.load.connections} at once {number_text(many.wall.value)} s, "
                f"{number_text(many.wall.value / few.wall.value)} times as long "
                f"(one after the other would be {number_text(ratio)}, all side by side 1)."
            )


def _apart(section: Section) -> Iterator[str]:
    """Say that the winner is the winner of one load only, where there are others."""
    ranked = sum(row.rank is not None for row in section.rows)
    if ranked == len(section.contest):
        return
    first = section.contest[0]
    others = [row for row in section.rows if row.rank is not None and row not in section.contest]
    if first.burst:
        yield f"Only bursts of one size are ranked against each other. With {first.cell.load.connections} at once:"
    elif first.open_loop:
        yield f"Only rows that were asked at the same rate are ranked against each other. At {_rate(first)}:"
    elif any(row.cell.load.connections != first.cell.load.connections for row in others):
        most = count_text(first.cell.load.connections, "connection")
        yield f"Rows under different loads are ranked apart; most had {most}."
    if any(row.cell.accepted != first.cell.accepted for row in others):
        yield "Requests that are only accepted are ranked apart from those that are done when they are answered."


def _winner(contest: Sequence[ReportRow]) -> Iterator[str]:
    first = [row for row in contest if row.rank == 1]
    rest = [row for row in contest if row.rank != 1]
    if len(contest) == 1:
        yield _alone(first[0])
    elif len(first) == 1:
        yield _single_lead(first[0])
    else:
        yield _shared_lead(first)
    if rest:
        yield _distance(first, rest[0])


def _alone(row: ReportRow) -> str:
    value, span = row.score_text, interval_text(row.score)
    if row.burst:
        asked = count_text(row.cell.load.connections, "request")
        return (
            f"{row.label} needed {value} s (95% interval {span}) for {asked} at once; there is no other row to compare "
            "it with."
        )
    if row.open_loop:
        said = f"{row.label} has a p99 latency of {value} ms (95% interval {span}) at {_rate(row)}"
    else:
        said = f"{row.label} {_did(row)} {value} requests/s (95% interval {span})"
    return f"{said}; there is no other row to compare it with."


def _single_lead(row: ReportRow) -> str:
    value, span = row.score_text, interval_text(row.score)
    if row.burst:
        asked = count_text(row.cell.load.connections, "request")
        return f"{row.label} was done first: {value} s (95% interval {span}) for {asked} at once."
    if row.open_loop:
        waited = f"a p99 latency of {value} ms (95% interval {span}) at {_rate(row)}"
        return f"{row.label} let its requests wait least: {waited}."
    return f"{row.label} {_did(row)} most: {value} requests/s (95% interval {span})."


def _rate(row: ReportRow) -> str:
    """At which rate an open loop asked."""
    return f"{chosen_text(getattr(row.cell.load, 'rate', 0.0))} requests/s"


def _did(row: ReportRow) -> str:
    """What an answer of this row says of its request."""
    return "accepted" if row.cell.accepted else "answered"


def _shared_lead(rows: Sequence[ReportRow]) -> str:
    """Of rows that all lead no two can be told apart: whoever is certainly behind another does not lead."""
    ends = sorted(row.score.value for row in rows if row.score)
    reached = span_text(ends[0], ends[-1]) if ends[0] < ends[-1] else number_text(ends[0])
    if any(row.result.at_least for row in rows):
        reached = f"{reached} (of {listing([row.label for row in rows if row.result.at_least])} at least so many)"
    labels = listing(_few([row.label for row in rows]))
    if rows[0].burst:
        return f"{labels} lead with {reached} s for the whole burst and cannot be told apart."
    if rows[0].open_loop:
        return f"{labels} lead with a p99 latency of {reached} ms at {_rate(rows[0])} and cannot be told apart."
    return f"{labels} lead with {reached} requests/s and cannot be told apart."


def _few(labels: list[str]) -> list[str]:
    """Name as many as fit into a sentence."""
    return labels if len(labels) <= NAMED else [*labels[: NAMED - 1], f"{len(labels) - NAMED + 1} others"]


def _distance(first: Sequence[ReportRow], following: ReportRow) -> str:
    """Compare the best of those behind with the nearest of the leaders that is ahead of it beyond doubt."""
    ahead = [row for row in first if row.label in following.behind]
    found = _times(ahead[-1], following) if ahead else None
    if found is None:
        return f"{following.label} comes next."
    leader = ahead[-1]
    value = floor_text(found.value, at_least=leader.result.at_least)
    rounds = count_text(min(row.result.rounds for row in (leader, following)), "round")
    sure = f"95% interval {interval_text(found)}; {rounds} each"
    if following.open_loop:
        said = f"{following.label} comes next: its p99 is {value} times that of {leader.label} ({sure})"
    elif following.burst:
        said = f"{following.label} comes next and took {value} times as long as {leader.label} ({sure})"
    else:
        said = f"{following.label} comes next: {leader.label} {_did(leader)} {value} times as many ({sure})"
    unclear = [row.label for row in first if row.label not in following.behind]
    return f"{said}; it cannot be told apart from {listing(unclear)}." if unclear else f"{said}."


def _times(better: ReportRow, worse: ReportRow) -> Estimate | None:
    """How many times as much the better one did, or as long the worse one took."""
    more, less = (worse, better) if better.less_is_better else (better, worse)
    return compare.ratio(more.measured, less.measured)


def _limits(section: Section) -> str:
    """Say what limited the ranked rows, the commonest limit first."""
    rows = section.contest if len(section.workloads) == 1 else section.rows
    ranked = [row for row in rows if row.rank is not None]
    bounded = [row for row in ranked if row.result.bound]
    found = Counter(_limit(row) for row in bounded).most_common()
    found.sort(key=lambda limit: limit[0] == _NONE)
    cores = len(section.budget.stack_cpus)
    said = [(count, _cause(limit, count, cores=cores)) for limit, count in found]
    if not said:
        return ""
    (count, cause), *others = said
    first = f"{count} {'was' if count == 1 else 'were'} limited by {cause}"
    return (
        f"Of the {count_text(len(ranked), 'ranked row')}, {listing([first, *(f'{n} by {why}' for n, why in others)])}."
    )


def limited_by(row: ReportRow) -> str:
    """Name what limited one row; nothing where it came near no bound."""
    name, slots = _limit(row)
    match name:
        case "none":
            return ""
        case "slots":
            return count_text(slots, "slot") if slots else name
        case "request":
            return "one request's time"
        case "offered":
            return "the rate offered"
        case _:
            return name


def _limit(row: ReportRow) -> _Limit:
    bound = row.result.bound
    if bound is None or not row.at_bound:
        return _NONE
    if bound.name == "connections" and row.burst:
        return "request", None
    return bound.name, row.cell.slots if bound.name == "slots" else None


def _cause(limit: _Limit, count: int, *, cores: int) -> str:
    name, slots = limit
    own = "its" if count == 1 else "their"
    match name:
        case "request":
            return "nothing but the time that one request takes"
        case "offered":
            return "the rate that was offered"
        case "connections":
            return "the number of connections"
        case "cores":
            return f"{own} {'core' if cores == 1 else 'cores'}"
        case "slots":
            return f"{own} {count_text(slots, 'slot')}" if slots else f"{own} slots"
        case _:
            return "something else (below 0.85 of every bound)"

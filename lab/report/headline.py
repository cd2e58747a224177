"""The sentences above a table: what came out, how sure that is, and what limited the rows."""

from collections import Counter
from collections.abc import Iterator, Sequence

from lab.figures import stats
from lab.figures.numbers import count_text, interval_text, listing, number_text, span_text
from lab.model import Estimate, Footprint
from lab.report.rows import Row, Section, series, sure


def headline(section: Section) -> str:
    """Say who won, by how much, and what limited the rows; of a table of footprints, who takes up least."""
    sentences = [*_least(section), *_growth(section)]
    if section.contest:
        sentences += [*_apart(section), *_winner(section.contest), _limits(section)]
    elif not sentences:
        return _nothing_ranked(section)
    return " ".join(sentence for sentence in sentences if sentence)


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
    weighed = [(label, footprint) for label, footprint in weighed if sure(footprint.cold_start_s)]
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
    if first.burst:
        yield f"Only bursts of one size are ranked against each other. With {first.cell.load.connections} at once:"
    else:
        most = count_text(first.cell.load.connections, "connection")
        yield f"Rows under different loads are ranked apart; most had {most}."


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
    value = number_text(row.score.value if row.score else None)
    if row.burst:
        asked = count_text(row.cell.load.connections, "request")
        lead = "needed" if alone else "was done first:"
        said = f"{row.label} {lead} {value} s (95% interval {interval_text(row.score)}) for {asked} at once"
    else:
        lead = "answered" if alone else "answered most:"
        said = f"{row.label} {lead} {value} requests/s (95% interval {interval_text(row.score)})"
    return f"{said}; there is no other row to compare it with." if alone else f"{said}."


def _shared_lead(rows: Sequence[Row]) -> str:
    ends = sorted(row.score.value for row in rows if row.score)
    unit = "s for the whole burst" if rows[0].burst else "requests/s"
    labels = listing([row.label for row in rows])
    reached = span_text(ends[0], ends[-1])
    return f"{labels} lead with {reached} {unit} and cannot be told apart: their 95% intervals overlap."


def _distance(first: Sequence[Row], rest: Sequence[Row]) -> str:
    """Compare the last of those in front with the best of those behind, by values and by interval ends."""
    ahead, behind = first[-1].score, rest[0].score
    ratio = _ratio(behind, ahead) if rest[0].burst else _ratio(ahead, behind)
    if ratio is None:
        return f"{rest[0].label} comes next."
    value, ends = ratio
    rounds = count_text(min(row.result.rounds for row in (first[-1], rest[0])), "round")
    sure = f"{ends} times by the ends of the two intervals, which do not overlap ({rounds} each)."
    if rest[0].burst:
        whose = "" if len(first) == 1 else f" as the last of them ({first[-1].label})"
        return f"{rest[0].label}, which comes next, took {value} times as long{whose}: {sure}"
    whose = "That is" if len(first) == 1 else f"The last of them ({first[-1].label}) had"
    return f"{whose} {value} times as many as {rest[0].label}, which comes next: {sure}"


def _ratio(more: Estimate | None, less: Estimate | None) -> tuple[str, str] | None:
    ends = stats.ratio_span(more, less) if more and less else None
    return (number_text(more.value / less.value), span_text(*ends)) if more and less and ends else None


def _limits(section: Section) -> str:
    contest, cores = section.contest, len(section.budget.stack_cpus)
    at_bound = Counter(_limit(row, cores=cores) for row in contest if row.result.bound and row.at_bound)
    said = [f"{count} by {_whose(limit, count)}" for limit, count in at_bound.most_common()]
    below = sum(bool(row.result.bound) and not row.at_bound for row in contest)
    if below:
        said.append(f"{below} by something else (below 0.85 of every bound)")
    if not said:
        return ""
    said[0] = said[0].replace(" by", " was limited by" if said[0].startswith("1 ") else " were limited by", 1)
    return f"Of the {count_text(len(contest), 'ranked row')}, {listing(said)}."


def _limit(row: Row, *, cores: int) -> str:
    bound, slots = row.result.bound, row.cell.slots
    if bound is None or bound.name == "connections":
        return "nothing but the time that one request takes" if row.burst else "the number of connections"
    if bound.name == "cores":
        return "~ core" if cores == 1 else "~ cores"
    return f"~ {count_text(slots, 'slot')}" if slots else "~ slots"


def _whose(limit: str, count: int) -> str:
    return limit.replace("~", "its" if count == 1 else "their")

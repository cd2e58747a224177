"""The words around a table: under which conditions it was made, what to know of its rows, and how to read it."""

import textwrap
from collections.abc import Iterator, Sequence

from lab.figures.numbers import DASH, listing
from lab.model import Citation
from lab.report import cores, duets, footprint
from lab.report.rows import ReportRow, Section

_CAPTION_WIDTH = 48


def conditions(section: Section) -> tuple[tuple[str, str], ...]:
    """List what holds for a whole table: budget, pins, load, rounds."""
    rounds = sorted({result.rounds for result in section.results})
    return (
        ("table", section.table),
        *((("source", cited(section.citation)),) if section.citation else ()),
        ("budget", section.budget.label),
        ("pins", listing(list(section.pins))),
        ("load", "; ".join(section.loads)),
        ("rounds", DASH.join(str(n) for n in dict.fromkeys((rounds[0], rounds[-1])))),
        *cores.conditions(section),
    )


def cited(citation: Citation) -> str:
    """Name a source as far as it is known, and say what is not; then how its figures were made."""
    title = f"\N{LEFT DOUBLE QUOTATION MARK}{citation.title}\N{RIGHT DOUBLE QUOTATION MARK}" if citation.title else None
    named = [part for part in (citation.author, title, citation.site, citation.date, citation.file) if part]
    facts = {"author": citation.author, "title": citation.title, "site": citation.site, "date": citation.date}
    unknown = listing([name for name, fact in facts.items() if not fact]) if citation.file else ""
    said = [", ".join(named) + (f" ({unknown} not known)" if unknown else "")]
    return "; ".join([*said, *([citation.setting] if citation.setting else [])])


def caption(section: Section, *, load: str | None = None) -> tuple[str, ...]:
    """Give the conditions in lines short enough for a chart on a telephone: table and pins, budget, load.

    The load is that of the rounds, unless a chart is about another one.
    """
    facts = dict(conditions(section))
    if load is None:
        more = len(section.loads) - 1
        load = section.loads[0] + (f"; {more} more" if more else "")
    lines = f"table {facts['table']} · pins {facts['pins']}", f"budget {facts['budget']}", f"load {load}"
    return tuple(part for line in lines for part in textwrap.wrap(line, _CAPTION_WIDTH))


def how_to_read(section: Section) -> tuple[str, ...]:
    """Explain the table, one sentence or two a point."""
    explained = _how_to_read(section)
    beside = (*duets.reading(section), *cores.reading(section))
    return (*explained, *beside, *(footprint.how_to_read(section) if section.weighed else ()))


def notes(rows: Sequence[ReportRow]) -> tuple[tuple[str, str], ...]:
    """Gather the notes of rows, each once, with the rows that it is about."""
    about: dict[str, list[str]] = {}
    for row in rows:
        for note in row.notes:
            about.setdefault(note, []).append(row.label)
    return tuple((listing(labels), note) for note, labels in about.items())


def _how_to_read(section: Section) -> Iterator[str]:
    yield _what_counts(section)
    scaled = " This host could not give what was wished, so compare with published figures with care."
    yield f"Budget: each stack may use {section.budget.label}.{scaled if section.budget.scaled else ''}"
    pins = listing(list(section.pins))
    yield f"Pins (sets of library versions): {pins}. Those that the articles used are called seed, today's current."
    yield f"Load: {' '.join(_loops(section))}"
    yield _bound(section)
    if any(result.verdict for result in section.results):
        yield (
            "Verdict: reproduced, where the figure itself is within 5%; scaled, where one factor "
            "between their cores and ours, the same for most rows of the table, explains it within 20%; same order, "
            "where the CPU sets the figure and "
            "rows that can be told apart are in the published order; mean not of all clients, where the printed mean "
            "leaves out those who timed out or were never connected; cannot be true, where no reading makes the "
            "published figures agree; not comparable here, where this run cannot say (too few cores, too unsteady, no "
            "row to compare with); differs for everything else (docs/method.md)."
        )
    yield (
        "CPU in µs/request is of rounds in turn. On a shared host the same work may take up to twice the CPU time "
        "seconds later, so small differences say nothing; two stacks can be compared closely only side by side, as "
        "duets do. Latencies are percentiles of all rounds together, never averages of percentiles. Published figures "
        "come from other machines."
    )


def _what_counts(section: Section) -> str:
    rounds = dict(conditions(section))["rounds"]
    interval = (
        f"a 95% interval by Student's t over rounds ({rounds} of each row). A number without an interval is not "
        "printed. A row's rank is one more than the number of rows that are better beyond doubt: of tables of equal "
        "stacks at most one in twenty would tell any two apart (docs/method.md)."
    )
    rate = (
        "Requests/s is what was answered after the first second of each round (its first quarter if it is shorter than "
        "4 s), in which the clients connect"
    )
    wall = "Wall clock (less is better) is the time from the start of a burst to the last of its answers"
    tail = (
        "p99 (less is better) is the latency that one request in a hundred exceeds, of each round; it counts from when "
        "a request was due, and so holds all waiting"
    )
    told = {rate: section.has_loops, wall: section.has_bursts, tail: section.has_open_loops}
    subjects = [subject for subject, is_told in told.items() if is_told]
    return f"{'. '.join(subjects)}, with {interval}"


def _loops(section: Section) -> Iterator[str]:
    if section.has_loops:
        yield (
            "In a closed loop a connection sends its next request only when it has its answer, so a slow stack is "
            "also asked less often."
        )
    if any(cell.load.model == "closed" and cell.load.connections == 1 for cell in section.cells):
        yield (
            "With one connection only one request is ever under way: requests/s is then 1 ÷ latency, and says nothing "
            "of how much the stack could carry."
        )
    if section.has_open_loops:
        yield (
            "In an open loop requests go out at a fixed rate, whether or not those before were answered. All rows are "
            "asked the same number a second, so requests/s says nothing of them. The service time counts from when a "
            "request was sent. What would exceed the requests that may be under way is dropped, and a row that drops "
            "any is not valid: the rate is more than it keeps up with."
        )
    if section.has_bursts:
        yield (
            "In a burst all requests are sent at the same moment, once a round. The place (#) is among bursts of the "
            "same size only."
        )


def _bound(section: Section) -> str:
    burst = " Of a burst it is the least time that they allow." if section.has_bursts else ""
    return (
        "Bound is the ceiling of a row: the lowest of what its connections, its slots (requests in service "
        f"at once) and its cores allow.{burst} A row at 0.85 of its bound or more counts as limited by it. What the "
        "cores allow is computed from the CPU that a request was measured to cost, so the share of that bound is "
        "called core use: how busy the row kept the cores that it can use."
    )

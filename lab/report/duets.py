"""Stacks side by side: who costs least for a request, by how much and how sure, in a sentence and in columns."""

from collections.abc import Iterator, Sequence

from lab.figures.numbers import interval_text, listing, number_text
from lab.model import Duet, Estimate
from lab.report.rows import ReportRow, Section

NAMED = 3
"""Rows in a sentence; of more, the nearest and the furthest: intervals between them may well overlap."""

Played = tuple[ReportRow, Duet]


def played(section: Section) -> tuple[Played, ...]:
    """The rows with a duet that may be believed and its interval, the cheapest first."""
    rows = (*section.rows, *section.invalid)
    found = [
        (row, row.result.duet)
        for row in rows
        if row.result.duet and row.result.duet.valid and row.result.duet.cpu_ratio.low is not None
    ]
    return tuple(sorted(found, key=lambda pair: pair[1].cpu_ratio.value))


def sentences(section: Section) -> Iterator[str]:
    """Say for each reference of a table who costs how many times as much; nothing where there are no duets."""
    pairs = played(section)
    for reference, rate in dict.fromkeys((duet.reference, duet.rate) for _, duet in pairs):
        yield _sentence(reference, rate, [one for one in pairs if (one[1].reference, one[1].rate) == (reference, rate)])


def _sentence(reference: str, rate: float, pairs: Sequence[Played]) -> str:
    asked = f"{_lead(reference, pairs)}: side by side at {number_text(rate)} requests/s each"
    if len(pairs) <= NAMED:
        return f"{asked}, {listing([_told(row, duet) for row, duet in pairs])} as much CPU."
    nearest, furthest = (_ends(row, duet) for row, duet in (pairs[0], pairs[-1]))
    return f"{asked}, the other {len(pairs)} take {nearest} to {furthest} as much CPU."


def _ends(row: ReportRow, duet: Duet) -> str:
    return f"{number_text(duet.cpu_ratio.value)} times ({row.label}, 95% interval {interval_text(duet.cpu_ratio)})"


def _lead(reference: str, pairs: Sequence[Played]) -> str:
    """The reference, whoever certainly costs less than it, or nobody."""
    cheapest, duet = pairs[0]
    if (duet.cpu_ratio.high or 0) < 1:
        return f"{cheapest.label} costs less for a request than {reference}"
    if all((duet.cpu_ratio.low or 0) > 1 for _, duet in pairs):
        return f"{reference} costs least for a request"
    return f"None costs less for a request than {reference} beyond doubt"


def _told(row: ReportRow, duet: Duet) -> str:
    return f"{row.label} takes {number_text(duet.cpu_ratio.value)} times (95% interval {interval_text(duet.cpu_ratio)})"


def reading(section: Section) -> Iterator[str]:
    """How to read the figures; and what may be said of rows that have none."""
    pairs = played(section)
    if not pairs:
        return
    slices = sorted({duet.slices for _, duet in pairs})
    yield (
        "CPU ÷ reference comes from duets: both stacks were up at the same time on the same cores, each asked the same "
        f"fixed rate, in slices of about a second ({_of_each(slices)}). What slows one slows the "
        "other, so the ratio holds where the host is busy. It is the cost at that rate: a request costs less where the "
        "core is full and requests share its wake-ups."
    )
    references = {duet.reference for _, duet in pairs}
    in_turn = [row.label for row in section.rows if row.result.duet is None and row.cell.row not in references]
    if in_turn:
        yield (
            f"In turn only: {listing(in_turn)}. CPU time of the same work varies by up to two within seconds on a "
            "shared host, so that small differences between rows that were measured in turn say nothing."
        )


def _of_each(slices: Sequence[int]) -> str:
    """How many slices a pair had: `8 of each pair`, `7 to 9 of each pair`."""
    ends = dict.fromkeys((slices[0], slices[-1]))
    return f"{' to '.join(map(str, ends))} of each pair"


def cpu_ratio(row: ReportRow) -> Estimate | None:
    """How many times the CPU of its reference a request of the row takes; None without a duet."""
    duet = row.result.duet
    return duet.cpu_ratio if duet and duet.valid else None

"""Stacks side by side: who costs least for a request, by how much and how sure, in a sentence and in columns."""

from collections.abc import Iterator, Sequence

from lab.figures import sequential
from lab.figures.numbers import interval_text, listing, number_text, span_text
from lab.model import Duet, Estimate, SpeedRange
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


def groups(pairs: Sequence[Played]) -> dict[tuple[str, float], list[Played]]:
    """Reference and rate → the rows that were played beside it; both in the order in which they come."""
    found: dict[tuple[str, float], list[Played]] = {}
    for row, duet in pairs:
        found.setdefault((duet.reference, duet.rate), []).append((row, duet))
    return found


def sentences(section: Section) -> Iterator[str]:
    """Say for each reference of a table who costs how many times as much; nothing where there are no duets."""
    pairs = played(section)
    if any(duet.until is not None for _, duet in pairs):
        yield from (f"{until_words(row.label, duet)}." for row, duet in pairs)
        return
    for (reference, rate), group in groups(pairs).items():
        yield _sentence(reference, rate, group)


def not_valid(section: Section) -> Iterator[str]:
    """Say whose duet may not be believed, and why; nothing where all may."""
    found = [(row.label, row.result.duet) for row in (*section.rows, *section.invalid) if row.result.duet]
    bad = [(label, duet.invalid_reasons) for label, duet in found if not duet.valid]
    if bad:
        reasons = dict.fromkeys(reason for _, reasons in bad for reason in reasons)
        yield f"Not valid side by side: {listing([label for label, _ in bad])} ({'; '.join(reasons)})."


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
    if (duet.cpu_ratio.high or 0) < 1 - sequential.CONTROL:
        return f"{cheapest.label} costs less for a request than {reference}"
    if all((duet.cpu_ratio.low or 0) > 1 + sequential.CONTROL for _, duet in pairs):
        return f"{reference} costs least for a request"
    return f"None costs less for a request than {reference} beyond doubt"


def _told(row: ReportRow, duet: Duet) -> str:
    said = f"{row.label} takes {number_text(duet.cpu_ratio.value)} times (95% interval {interval_text(duet.cpu_ratio)}"
    alike = duet.decision == "no difference" and duet.difference_at_most is not None
    return f"{said}; {decision_words(duet)})" if alike else f"{said})"


def decision_words(duet: Duet) -> str:
    """`faster`, `slower`, `no difference larger than 2.1%`, or that nothing is known."""
    if duet.decision == "no difference" and duet.difference_at_most is not None:
        return f"no difference larger than {_percent(duet.difference_at_most)}"
    return duet.decision or "undecided"


def until_words(row: str, duet: Duet) -> str:
    """What a run came to that looked until it was decided: the faster takes less CPU for a request."""
    ratio, asked = duet.cpu_ratio, f"at {number_text(duet.rate)} requests/s each"
    figure = f"{number_text(ratio.value)} times the CPU for a request"
    sure = f"{interval_text(ratio)} at 95%, at all looks together" if ratio.low is not None else "no interval yet"
    said = {
        "faster": f"{row} is faster than {duet.reference}",
        "slower": f"{row} is slower than {duet.reference}",
        "no difference": f"{row} and {duet.reference}: {decision_words(duet)}",
    }.get(duet.decision or "", f"{row} and {duet.reference}: a difference of {_percent(duet.until or 0)} is undecided")
    return f"{said}: {asked} {figure} ({sure}, {duet.slices} slices)"


def _percent(share: float) -> str:
    return f"{number_text(share * 100, digits=2)}%"


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
    yield from _whose(pairs)
    yield from _idle(section)
    if own := [row.label for row, _ in pairs if not row.result.valid]:
        yield f"Not valid in turn, and valid side by side: {listing(own)}. A duet is of seconds of its own."
    if found := [duet.core_speed for _, duet in pairs if duet.core_speed]:
        yield (
            f"While duets were played the fixed work took {_ms(found)} ms of CPU: what they are measured in, which "
            "the ratio does not depend on."
        )
    references = {duet.reference for _, duet in pairs}
    in_turn = [row.label for row in section.rows if row.result.duet is None and row.cell.row not in references]
    if in_turn:
        yield (
            f"In turn only: {listing(in_turn)}. CPU time of the same work varies by up to two within seconds on a "
            "shared host, so that small differences between rows that were measured in turn say nothing."
        )


def _whose(pairs: Sequence[Played]) -> Iterator[str]:
    """Which rows are beside which reference, where a table has several."""
    beside: dict[str, list[str]] = {}
    for row, duet in pairs:
        beside.setdefault(duet.reference, []).append(row.label)
    if len(beside) > 1:
        yield f"Reference is {listing([f'{name} of {listing(rows)}' for name, rows in beside.items()])}."


def _idle(section: Section) -> Iterator[str]:
    """That the ratio is another one at a low rate, where that was measured."""
    rates = sorted({found.rate for row in section.rows if (found := row.result.idle_duet)})
    if rates:
        asked = listing([f"{number_text(rate)}" for rate in rates])
        yield (
            f"Idle is the same at {asked} requests/s to each, which all serve idly: hardly two requests share a "
            "wake-up then, and one costs more. Which ratio is yours depends on how busy your server is."
        )


def idle_ratio(row: ReportRow) -> Estimate | None:
    """The ratio at the low rate; None without such a duet."""
    duet = row.result.idle_duet
    return duet.cpu_ratio if duet and duet.valid else None


def _ms(found: Sequence[SpeedRange]) -> str:
    """What the fixed work took, of the fastest reading and of the slowest."""
    return span_text(1000 / max(one.high for one in found), 1000 / min(one.low for one in found))


def _of_each(slices: Sequence[int]) -> str:
    """How many slices a pair had: `8 of each pair`, `7 to 9 of each pair`."""
    ends = dict.fromkeys((slices[0], slices[-1]))
    return f"{' to '.join(map(str, ends))} of each pair"


def cpu_ratio(row: ReportRow) -> Estimate | None:
    """How many times the CPU of its reference a request of the row takes; None without a duet."""
    duet = row.result.duet
    return duet.cpu_ratio if duet and duet.valid else None

"""Rows that the CPU limits: their figure belongs to a processor, their order may travel."""

from collections.abc import Sequence
from dataclasses import replace

from lab.figures.bounds import waves
from lab.figures.numbers import count_text, interval_text, listing, number_text
from lab.judge import factor, scale
from lab.judge.figures import AT_ITS_BOUND, WITHIN, JudgedFigure, Subject
from lab.judge.scale import Scaled
from lab.model import Factor, FactorRow, Verdict

WHAT_IT_IS = {"wall_ms": "wall clock", "requests_per_second": "rate", "mean_ms": "mean"}


def judge(row: Scaled, rows: Sequence[Scaled], machine: Factor | None) -> Verdict:
    """Reproduced where the figure itself is met on as many cores; scaled where the table's factor explains it.

    Else by its order among the rows of its table.
    """
    others = scale.peers(row, rows)
    if _met(row):
        return Verdict(name="reproduced", reason=f"{row.figure.against}, within {WITHIN:.0%} of it; {_limit(row)}")
    if wait := scale.published_wait(row, others):
        return _waited_unseen(row, wait)
    own = next((one for one in machine.rows if one.row == row.row), None) if machine else None
    if own and machine and machine.holds and factor.within(own):
        return Verdict(name="scaled", reason=f"{_limit(row)}: {row.figure.against}; {_beside_others(own)}")
    found = _by_order(row, others)
    return replace(found, reason=f"{found.reason}; {_beside_others(own)}") if own else found


def _by_order(row: Scaled, others: Sequence[Scaled]) -> Verdict:
    """Of a row that no factor explains."""
    swapped = scale.swapped(row, others)
    blurred = tuple(other for other in scale.blurred(row, others) if other not in swapped)
    if swapped or blurred:
        parts = [_behind_or_before(row, swapped)] if swapped else []
        parts += [_not_told_from(row, other) for other in blurred]
        return Verdict(name="differs", reason="; ".join([_figures(row), *parts]))
    return _in_order(row, others)


def _beside_others(own: FactorRow) -> str:
    """What a row says of the cores, and what the other rows say."""
    return f"{factor.said(own)}, where the other rows give {number_text(own.others)}"


def _met(row: Scaled) -> bool:
    """Whether the figure itself is reproduced. Where only a mean was printed its load is unknown: it proves nothing."""
    subject = row.subject
    as_many = subject.at_once(subject.cores) == subject.at_once(subject.budget.wished_cpus)
    alike = as_many and subject.cell.load.connections == subject.source.connections
    return alike and row.figure.kind != "mean_ms" and row.figure.reproduced


def _in_order(row: Scaled, others: Sequence[Scaled]) -> Verdict:
    """Of a row that no other contradicts: its order is evidence only where it is told from another."""
    if not others:
        alone = "its table has no other such row on its scale to separate this machine's speed from the system's"
        return Verdict(name="not comparable here", reason=f"{_measured(row)}; {alone}")
    kept = scale.kept(row, others)
    if not kept:
        said = f"no other such row ({len(others)} compared) was published further away and can be told from it here"
        return Verdict(name="not comparable here", reason=f"{_measured(row)}; {said}")
    said = f"told from {len(kept)} of {count_text(len(others), 'other such row')}, each in the published order"
    return Verdict(name="same order", reason=f"{_figures(row)}; {said}")


def _figures(row: Scaled) -> str:
    return f"{_measured(row)}; {_against_floor(row)}"


def _measured(row: Scaled) -> str:
    figure = row.figure
    cores, wished = (row.subject.at_once(number) for number in (row.subject.cores, row.subject.budget.wished_cpus))
    said = f"{_limit(row)}, so its order counts: {figure.against}"
    if figure.rises and cores != wished:
        said += f", per core {figure.text(row.measured.value)} against {figure.text(row.published)}"
    said += _other_connections(row)
    if figure.kind == "mean_ms":
        said += ", printed without the rate that would reveal its load"
    return said


def _limit(row: Scaled) -> str:
    bound, share = row.subject.result.bound, row.subject.result.bound_share
    if bound is None or share is None or bound.name != "cores":
        return "no sleep limits it"
    if share < AT_ITS_BOUND:
        return f"no sleep limits it (it came to {share:.0%} of what its CPU allows)"
    return "CPU-bound"


def _other_connections(row: Scaled) -> str:
    """Where this host, or who asked, offered another number than the source did."""
    mine, theirs = row.subject.cell.load.connections, row.subject.source.connections
    return "" if mine == theirs else f", with {mine:,} connections where the source had {theirs:,}"


def _against_floor(row: Scaled) -> str:
    floor, wished = row.floor, row.subject.cell.floor
    if floor is None or floor.row == row.row:
        return "it is the floor by which the others are scaled" + ("" if row.named else ", as the cheapest request")
    what = WHAT_IT_IS[row.figure.kind]
    missing = f" ({wished}, its own floor, cannot be used)" if wished else ""
    why = "" if row.named else f", the cheapest request of the table{missing}"
    measured, published = number_text(row.measured_ratio), number_text(row.published_ratio)
    return f"{measured} times the {what} of {floor.row}{why}; published {published} times"


def _behind_or_before(row: Scaled, swapped: Sequence[Scaled]) -> str:
    better = [other.row for other in swapped if (other.published_ratio > row.published_ratio) == row.figure.rises]
    worse = [other.row for other in swapped if other.row not in better]
    parts = [f"published behind {listing(better)} and measured before"] if better else []
    return "; ".join([*parts, *([f"published before {listing(worse)} and measured behind"] if worse else [])])


def _not_told_from(row: Scaled, other: Scaled) -> str:
    span = interval_text(scale.measured_ratio(row, other))
    published = number_text(row.published_ratio / other.published_ratio)
    return (
        f"published with {published} times the {WHAT_IT_IS[row.figure.kind]} of {other.row}, from which it cannot be "
        f"told here ({span} times)"
    )


def fewer_at_once(subject: Subject, figure: JudgedFigure) -> bool:
    """Whether a burst takes more steps here than on the cores that its table wishes for."""
    return figure.kind == "wall_ms" and subject.at_once(subject.cores) < subject.at_once(subject.budget.wished_cpus)


def scaled_away(subject: Subject, figure: JudgedFigure) -> Verdict:
    """What to say of such a burst: there is no dividing by cores, as only whole steps count."""
    number, wished = subject.source.connections, subject.budget.wished_cpus
    had, could = subject.at_once(subject.cores), subject.at_once(wished)
    steps = f"{count_text(number, 'request')} take {count_text(waves(number, could), 'step')} of {could}"
    reason = (
        f"scaled away: {steps} on {wished} cores, and this run had {subject.cores}, where {had} can be computed at "
        f"once; measured {figure.measured_text}, published "
        f"{figure.text(figure.published)}"
    )
    return Verdict(name="not comparable here", reason=reason)


def _waited_unseen(row: Scaled, wait: scale.Wait) -> Verdict:
    """The source's rate grew with its connections, as if each request waited, though the handler does not."""
    pair = sorted((row, wait.other), key=lambda one: one.subject.source.connections)
    printed = ", ".join(
        f"{one.subject.source.connections:,} at {one.figure.text(one.figure.published)}" for one in pair
    )
    measured = ", ".join(f"{one.figure.measured_text} with {one.subject.cell.load.connections:,}" for one in pair)
    said = f"the published rate grows with the connections ({printed}: {wait.text} a request in both)"
    agree = scale.measured_waits_agree(*pair)
    if agree and row.figure.reproduced:
        return Verdict(name="reproduced", reason=f"{said}, and so does the measured one: {measured}")
    here = "here it grows, too, with another wait" if agree else "here it does not grow so"
    reason = f"{said}, as if each had waited, though the handler does not; {here}: {measured}"
    return Verdict(name="differs", reason=reason)

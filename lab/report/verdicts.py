"""What became of the published rows, in words: their verdicts with reasons, and their order."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import get_args

from lab.figures.numbers import count_text, listing
from lab.model import CellResult, Estimate, Order, Results, Swap, VerdictName
from lab.report import factors
from lab.report.ranking import sections
from lab.report.rows import ReportRow, Section

TITLE = "What became of the published rows"
NAMES: tuple[VerdictName, ...] = get_args(VerdictName)


def judged(section: Section) -> tuple[tuple[VerdictName, tuple[tuple[str, str], ...]], ...]:
    """Gather the rows of each verdict with their reasons; rows that are not valid are among them."""
    found = {name: tuple(_reasons((*section.rows, *section.invalid), name)) for name in NAMES}
    return tuple((name, reasons) for name, reasons in found.items() if reasons)


def overview(results: Results) -> tuple[tuple[str, ...], ...]:
    """Count the verdicts of all tables, a line a table, below a heading; empty for fewer than two judged tables."""
    lines = [(section.title, _counts(section.results), _taus(section)) for section in sections(results)]
    lines = [line for line in lines if line[1]]
    if len(lines) < 2:  # noqa: PLR2004 - one table says it itself
        return ()
    whole = sum((counts for _, counts, _ in lines), Counter[str]())
    names = [name for name in NAMES if whole[name]]
    body = [(title, *(str(counts[name]) for name in names), tau) for title, counts, tau in (*lines, ("all", whole, ""))]
    return ("table", *names, "tau of the order"), *body


def order_sentences(section: Section, *, short: bool = False) -> tuple[str, ...]:
    """Say for each set of pins how far the measured order is the published one."""
    several = _several_pins(section)
    return tuple(" ".join(_order(order, several=several, short=short)) for order in section.orders)


def factor_sentences(section: Section) -> tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]:
    """Say for each set of pins what the table says of the source's machine, with its rows as a grid."""
    several = _several_pins(section)
    return tuple((factors.sentence(one, several=several), factors.grid(one)) for one in section.factors)


def _several_pins(section: Section) -> bool:
    """Whether an order must say whose it is; one set of pins may have rows and no order."""
    return len(section.pins) > 1 or len(section.orders) > 1


def _reasons(rows: Iterable[ReportRow], name: VerdictName) -> Iterator[tuple[str, str]]:
    for row in rows:
        if row.result.verdict and row.result.verdict.name == name:
            yield row.label, row.result.verdict.reason


def _counts(results: Iterable[CellResult]) -> Counter[str]:
    return Counter(result.verdict.name for result in results if result.verdict)


def _taus(section: Section) -> str:
    several = _several_pins(section)
    return "; ".join(_tau(order.tau) + (f" with {order.pins} pins" if several else "") for order in section.orders)


def _order(order: Order, *, several: bool, short: bool) -> Iterator[str]:
    whose = f" with {order.pins} pins" if several else ""
    yield (
        f"Kendall's tau between the published and the measured order{whose} is {_tau(order.tau)} over "
        f"{count_text(len(order.rows), 'row')} (1: the same order, 0: none, -1: the reverse)."
    )
    clear = [swap for swap in order.swapped if swap.told_apart]
    vague = [swap for swap in order.swapped if not swap.told_apart]
    if not order.swapped:
        yield "No pair is swapped."
    if clear:
        yield f"Measured the other way round, beyond doubt: {_swaps(clear)}."
    if vague:
        told = count_text(len(vague), "pair") if short else _swaps(vague)
        yield f"Swapped, but not told apart: {told}."
    if order.left_out:
        yield f"Left out: {_left_out(order, short=short)}."


def _swaps(swaps: Sequence[Swap]) -> str:
    return listing([f"{swap.worse} ahead of {swap.better}" for swap in swaps])


def _left_out(order: Order, *, short: bool) -> str:
    if short:
        return count_text(len(order.left_out), "row")
    by_reason: dict[str, list[str]] = {}
    for row, why in order.left_out.items():
        by_reason.setdefault(why, []).append(row)
    return "; ".join(f"{listing(rows)} ({why})" for why, rows in by_reason.items())


def _tau(tau: Estimate) -> str:
    if tau.low is None or tau.high is None:
        return f"{tau.value:.2f}"
    return f"{tau.value:.2f} ({tau.low:.2f} to {tau.high:.2f} within the rows' intervals)"

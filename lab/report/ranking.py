"""Cells in the order they are shown: one section a table, ranks as far as rows can be told apart."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from lab.figures import compare
from lab.figures.numbers import interval_text, number_text
from lab.model import BacklogResult, CellResult, Results
from lab.report.rows import ReportRow, Section, offered

ACCEPTED = "its requests are accepted, not done: a worker does them later; "


def sections(results: Results) -> tuple[Section, ...]:
    """Arrange the cells of a run by table, in the order in which the tables first occur."""
    return tuple(_section(table, results) for table in dict.fromkeys(result.cell.table for result in results.cells))


def _section(table: str, results: Results) -> Section:
    found = [result for result in results.cells if result.cell.table == table]
    mixed = len({result.cell.deployment.pins for result in found}) > 1
    usual = results.core_speed.median if results.core_speed else None
    rows = [replace(_row(result, mixed_pins=mixed), usual_speed=usual) for result in found]
    return Section(
        table=table,
        title=results.run.titles.get(table) or table,
        budget=results.run.budget_of(table),
        rows=tuple(_ranked([row for row in rows if row.result.valid])),
        invalid=tuple(row for row in rows if not row.result.valid),
        citation=results.run.citations.get(table),
        orders=tuple(order for order in results.orders if order.table == table),
        factors=tuple(factor for factor in results.factors if factor.table == table),
    )


def _row(result: CellResult, *, mixed_pins: bool) -> ReportRow:
    cell = result.cell
    label = f"{cell.row} ({cell.deployment.pins})" if mixed_pins else cell.row
    return ReportRow(
        result=result, label=label, notes=(*_own_notes(ReportRow(result=result, label=label)), *result.notes)
    )


def _own_notes(row: ReportRow) -> Iterator[str]:
    result = row.result
    missing = "wall clock" if row.burst else "p99" if row.open_loop else "requests/s"
    if result.requests_per_second is None:
        yield f"no {missing}: nothing was measured"
    elif row.score is None:
        yield f"no {missing}: one round gives no interval"
    if row.cell.accepted:
        yield ACCEPTED + _finished(result.backlog)


def _finished(backlog: BacklogResult | None) -> str:
    if backlog is None:
        return "how many it finished, and how far it is behind, is not known"
    rate, waiting = backlog.finished_per_second, backlog.waiting
    return (
        f"meanwhile it finished {number_text(rate.value)}/s ({interval_text(rate)}), and {number_text(waiting.value)} "
        f"({interval_text(waiting)}) waited when a round was over"
    )


def _ranked(rows: Sequence[ReportRow]) -> Iterable[ReportRow]:
    """Best first within each load; bursts of several sizes stay as in their table, where each series grows."""
    loads = dict.fromkeys(offered(row.cell) for row in rows)
    ranked = [row for load in loads for row in _ranked_at_one_load(rows, load)]
    ranked += [row for row in rows if row.score is None]
    if len(loads) == 1 or not all(row.burst for row in rows):
        return ranked
    place = {id(row.cell): number for number, row in enumerate(rows)}
    return sorted(ranked, key=lambda row: place[id(row.cell)])


def _ranked_at_one_load(rows: Iterable[ReportRow], load: object) -> Iterator[ReportRow]:
    """A row's rank is one more than the number of rows that are better beyond doubt."""
    rivals = sorted((row for row in rows if row.score and offered(row.cell) == load), key=_goodness, reverse=True)
    ahead = [tuple(better) for better in _ahead(rivals)]
    ranks = Counter(len(better) for better in ahead)
    for row, better in zip(rivals, ahead, strict=True):
        shared = ranks[len(better)] > 1
        yield replace(row, rank=len(better) + 1, behind=better, shared=shared, alone=len(rivals) == 1)


def _ahead(rivals: Sequence[ReportRow]) -> Iterator[list[str]]:
    """For each row the names of those that are certainly better, the best first."""
    apart = compare.told_apart([row.measured for row in rivals])
    of_times = any(row.less_is_better for row in rivals)
    beaten = sorted((low, high) if of_times else (high, low) for high, low in apart)
    for place in range(len(rivals)):
        yield [rivals[better].label for better, worse in beaten if worse == place]


def _goodness(row: ReportRow) -> tuple[float, float]:
    """More requests per second are better, and less time; of equals, what is known best comes first."""
    if row.score is None:
        return 0.0, 0.0
    value = row.score.value
    return -value if row.less_is_better else value, -abs(value - (value if row.score.low is None else row.score.low))

"""Cells in the order they are shown: one section a table, ranks where the intervals allow them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from lab.figures import stats
from lab.figures.numbers import count_text
from lab.model import CellResult, Results
from lab.report.rows import Row, Section, offered


def sections(results: Results) -> tuple[Section, ...]:
    """Arrange the cells of a run by table, in the order in which the tables first occur."""
    return tuple(_section(table, results) for table in dict.fromkeys(result.cell.table for result in results.cells))


def _section(table: str, results: Results) -> Section:
    found = [result for result in results.cells if result.cell.table == table]
    mixed = len({result.cell.deployment.pins for result in found}) > 1
    rows = [_row(result, mixed_pins=mixed) for result in found]
    return Section(
        table=table,
        title=results.run.titles.get(table) or table,
        budget=results.run.budget_of(table),
        rows=tuple(_ranked([row for row in rows if row.result.valid])),
        invalid=tuple(row for row in rows if not row.result.valid),
        orders=tuple(order for order in results.orders if order.table == table),
    )


def _row(result: CellResult, *, mixed_pins: bool) -> Row:
    cell = result.cell
    label = f"{cell.row} ({cell.deployment.pins})" if mixed_pins else cell.row
    return Row(result=result, label=label, notes=(*_own_notes(Row(result=result, label=label)), *result.notes))


def _own_notes(row: Row) -> Iterator[str]:
    result = row.result
    missing = "wall clock" if row.burst else "requests/s"
    if (result.wall_s if row.burst else result.requests_per_second) is None:
        yield f"no {missing}: nothing was measured"
    elif row.score is None:
        yield f"no {missing}: {count_text(result.rounds, 'round')} give{'s' * (result.rounds == 1)} no interval"


def _ranked(rows: Sequence[Row]) -> Iterable[Row]:
    """Best first within each load; bursts of several sizes stay as in their table, where each series grows."""
    loads = dict.fromkeys(offered(row.cell) for row in rows)
    ranked = [row for load in loads for row in _ranked_at_one_load(rows, load)]
    ranked += [row for row in rows if row.score is None]
    if len(loads) == 1 or not all(row.burst for row in rows):
        return ranked
    place = {id(row.cell): number for number, row in enumerate(rows)}
    return sorted(ranked, key=lambda row: place[id(row.cell)])


def _ranked_at_one_load(rows: Iterable[Row], load: object) -> Iterator[Row]:
    rivals = sorted((row for row in rows if row.score and offered(row.cell) == load), key=_goodness, reverse=True)
    rank = 1
    for group in _ties(rivals):
        for row in group:
            yield replace(row, rank=rank, shared=len(group) > 1, alone=len(rivals) == 1)
        rank += len(group)


def _ties(rows: Sequence[Row]) -> Iterator[list[Row]]:
    group: list[Row] = []
    for row in rows:
        if group and not _overlap(group[-1], row):
            yield group
            group = []
        group.append(row)
    if group:
        yield group


def _overlap(one: Row, other: Row) -> bool:
    return one.score is None or other.score is None or not stats.apart(one.score, other.score)


def _goodness(row: Row) -> tuple[float, float]:
    """More requests per second are better, and less time for a burst; of equals, what is known best comes first."""
    if row.score is None:
        return 0.0, 0.0
    value = row.score.value
    return -value if row.burst else value, -abs(value - (value if row.score.low is None else row.score.low))

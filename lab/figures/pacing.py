"""At which rate stacks are compared by duets: one that all of them serve with ease, two at once on the same cores."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lab.model import Cell

SHARE_OF_CAPACITY = 0.5
"""Of what the slowest answers at most."""
SHARE_OF_CORES = 0.4
"""That the two of a duet use together, at most."""
DEARER = 2.0
"""How many times a request costs at a low rate what it costs at the highest, where requests share wake-ups; with this
the rate stays below `SHARE_OF_CORES`."""
IDLE_SHARE = 0.1
"""Of that rate: so few that hardly two requests share a wake-up."""
LEAST_PER_SECOND = 20.0
"""Below it a slice of a second holds too few requests to be a measure of anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a row before its duets: answers per second at most, and CPU seconds of one request."""

    requests_per_second: float
    cpu_s: float


def groups(cells: Sequence[Cell]) -> list[list[Cell]]:
    """Rows that are measured beside one reference: of one table, asked for the same, and naming the same row, or none.

    A row that others name is in their group, and in no other unless it names one itself. Rows that only accept what
    others do before they answer are not asked for the same.
    """
    asked: dict[tuple[str, str, bool], list[Cell]] = {}
    for cell in cells:
        asked.setdefault((cell.table, cell.workload, cell.accepted), []).append(cell)
    return [group for rows in asked.values() for group in _by_reference(rows) if len(group) > 1]


def unequal(cell: Cell, other: Cell) -> str | None:
    """Which of two rows only accepts what the other one does, so that they are not to be compared; None if neither."""
    if cell.accepted == other.accepted:
        return None
    later, done = (cell, other) if cell.accepted else (other, cell)
    return f"{later.row} only accepts what {done.row} does before it answers"


def _by_reference(rows: Sequence[Cell]) -> Iterator[list[Cell]]:
    named = dict.fromkeys(cell.reference for cell in rows)
    for reference in named:
        if reference is None:
            yield [cell for cell in rows if cell.reference is None and cell.row not in named]
        else:
            yield [cell for cell in rows if reference in (cell.reference, cell.row)]


def cheapest(rows: Mapping[str, Known]) -> str:
    """The row whose request takes the least CPU: the reference where a table names none."""
    return min(rows, key=lambda name: rows[name].cpu_s)


def fast_enough(rows: Mapping[str, Known]) -> dict[str, Known]:
    """The rows that can be asked `LEAST_PER_SECOND`."""
    return {name: row for name, row in rows.items() if row.requests_per_second * SHARE_OF_CAPACITY >= LEAST_PER_SECOND}


def rate(rows: Sequence[Known], *, reference: Known, cores: int) -> float:
    """Requests per second for each of the two stacks of every pair, in two digits; the same for all pairs."""
    capacity = most([*rows, reference])
    dearest = max(row.cpu_s for row in rows) + reference.cpu_s
    idle = SHARE_OF_CORES * cores / (dearest * DEARER) if dearest else capacity
    return max(_two_digits(min(capacity, idle)), LEAST_PER_SECOND)


def most(rows: Iterable[Known]) -> float:
    """Requests per second that may be asked of each of some rows: half of what the slowest answers."""
    return min(row.requests_per_second for row in rows) * SHARE_OF_CAPACITY


def too_slow(rows: Mapping[str, Known], *, rate: float) -> str | None:
    """The slowest of some rows, if so much may not be asked of it."""
    slowest = min(rows, key=lambda name: rows[name].requests_per_second)
    return slowest if most([rows[slowest]]) < rate else None


def idle(rate: float) -> float | None:
    """The low rate, which all serve idly; None where it would be too low for a measure of anything."""
    low = _two_digits(rate * IDLE_SHARE)
    return low if low >= LEAST_PER_SECOND else None


def _two_digits(value: float) -> float:
    """Rounded down, so that no limit is passed."""
    size = 10.0 ** (math.floor(math.log10(value)) - 1)
    return math.floor(value / size + 1e-9) * size

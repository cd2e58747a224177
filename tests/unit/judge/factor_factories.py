"""Tables that were made up with a known factor between the source's cores and ours."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lab.judge import Subject
from lab.model import Published, Source
from tests.unit.judge.judge_factories import FOUR, around, make_subject

SHARED = Source(connections=2000, workload="health", cores=4, load_beside=True)
ALONE = replace(SHARED, load_beside=False)
COSTS = {"cheap": 30.0, "lean": 60.0, "middle": 150.0, "rich": 400.0, "dear": 900.0, "dearest": 2000.0}
LOAD_US = 25.0


def made_up(row: str, cost_us: float, factor: float, *, source: Source = SHARED, **changes: Any) -> Subject:
    """A CPU-bound row on four cores of ours, as a machine of that factor would have printed it."""
    processes = changes.get("processes")
    if processes is not None and processes < 4:
        rate, printed = processes / cost_us * 1e6, processes / (cost_us * factor) * 1e6
    else:
        rate, printed = 4 / cost_us * 1e6, 4 / ((cost_us + LOAD_US * bool(source.load_beside)) * factor) * 1e6
    given: dict[str, Any] = {"cpu_us": cost_us, "load_us": LOAD_US, "budget": FOUR} | changes
    return make_subject(row, Published(requests_per_second=printed), around(rate), source=source, **given)


def table(
    factor: float, off: Mapping[str, float] | None = None, *, rows: int = 6, source: Source = SHARED
) -> list[Subject]:
    """Rows of one machine; those in `off` are so many times off its factor."""
    return [
        made_up(row, cost, factor * (off or {}).get(row, 1.0), source=source)
        for row, cost in list(COSTS.items())[:rows]
    ]

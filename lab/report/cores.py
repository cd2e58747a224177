"""How fast the stack's cores were while a row was measured, and what its figures are at the run's median speed."""

from collections.abc import Iterator
from dataclasses import replace

from lab.figures import speed
from lab.figures.numbers import NOTHING, number_text, span_text
from lab.model import Estimate, SpeedRange
from lab.report.rows import ReportRow, Section

MS_PER_S = 1000


def told(found: SpeedRange) -> str:
    """`0.89 ms of CPU (median of 38 readings), 0.77–1.07 times as fast as that`: the fixed work of a whole run."""
    took = f"fixed work on the stack's cores took {number_text(MS_PER_S / found.median)} ms of CPU"
    readings = f"median of {found.readings:,} readings"
    return f"{took} ({readings}), at {span_text(found.low / found.median, found.high / found.median)} times that speed"


def factor(row: ReportRow) -> float | None:
    """The median speed of the row's rounds over that of the run; None where it was not timed."""
    found = row.result.core_speed
    return found.median / row.usual_speed if found and row.usual_speed else None


def text(row: ReportRow) -> str:
    """`0.98 (0.91–1.03)`: the median and the ends of the row's readings."""
    found, median = row.result.core_speed, factor(row)
    if found is None or median is None or not row.usual_speed:
        return NOTHING
    return f"{number_text(median)} ({span_text(found.low / row.usual_speed, found.high / row.usual_speed)})"


def cost(row: ReportRow) -> Estimate | None:
    """CPU of a request in µs, as it would be at the run's median speed."""
    return _scaled(row.result.cpu_us_per_request.get("total"), factor(row))


def rate(row: ReportRow) -> float | None:
    """Requests per second at the run's median speed, of a row whose cores were full."""
    median, measured = factor(row), row.rate
    if median is None or measured is None or row.core_use is None or not row.at_bound:
        return None
    return measured.value / median


def _scaled(estimate: Estimate | None, by: float | None) -> Estimate | None:
    if estimate is None or by is None:
        return None
    low, high = (None if end is None else end * by for end in (estimate.low, estimate.high))
    return replace(estimate, value=estimate.value * by, low=low, high=high)


def conditions(section: Section) -> Iterator[tuple[str, str]]:
    """Within which speeds the rows of a table were measured; nothing where it was not timed."""
    ends = _ends(section)
    if ends:
        yield "core speed", f"{span_text(*ends)} times the run's median"


def sentences(section: Section) -> Iterator[str]:
    """Say above a table that its figures come from unlike seconds, if they do."""
    medians = [found for row in section.rows if (found := factor(row)) is not None]
    if medians and (speed.is_off(min(medians), 1) or speed.is_off(max(medians), 1)):
        yield (
            f"Its rows were measured on cores that were {span_text(min(medians), max(medians))} times as fast as the "
            "run's median, so rates and costs of single rows are compared with care."
        )


def reading(section: Section) -> Iterator[str]:
    """How to read it."""
    if _ends(section):
        yield (
            "Core speed is how often a fixed piece of work (messages over loopback TCP, memory beyond the near caches, "
            "small documents) could be done in a second of CPU time on the stack's cores, in the same seconds; 1 is "
            "the median of the run. What is given at the median speed is the figure times or over that. It mends what "
            "the fixed work and a server have in common; duets, which ask two stacks in the same seconds, need no "
            "mending."
        )


def _ends(section: Section) -> tuple[float, float] | None:
    """The slowest and the fastest reading of a table's rows, over the run's median."""
    found = [
        (row.result.core_speed.low / row.usual_speed, row.result.core_speed.high / row.usual_speed)
        for row in (*section.rows, *section.invalid)
        if row.result.core_speed and row.usual_speed
    ]
    return (min(low for low, _ in found), max(high for _, high in found)) if found else None

"""What the stacks of a table take up: start-up, memory, images, configuration."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from lab.figures.numbers import NOTHING, interval_text, number_text, whole_text
from lab.model import Estimate, Footprint
from lab.report.columns import TableColumn, Value
from lab.report.rows import ReportRow, Section, with_interval
from lab.report.tiers import by_part, parts, values

TITLE = "What it takes up"


def footprint_columns(section: Section) -> tuple[TableColumn, ...]:
    """Pick the columns that at least one weighed row fills."""
    return tuple(c for c in _COLUMNS if any(c.text(row) != NOTHING for row in section.weighed))


def how_to_read(section: Section) -> tuple[str, ...]:
    """Explain what was weighed, and how."""
    found = [row.result.footprint for row in section.weighed if row.result.footprint]
    dropped = all(footprint.cache_dropped for footprint in found)
    cache = "was dropped before" if dropped else "could not be dropped before, which may help"
    start = (
        "Start, cold: from `docker compose up`, with no container there, to the first correct answer; the page cache "
        f"{cache}. Start, warm: the stopped containers once more. Both with a 95% interval over rounds."
    )
    memory = (
        "Memory is the working set: idle after a rest, peak under the row's load. Processes are counted without the "
        "tiny init of each container. Images share layers; unique is what no other row's image has."
    )
    lines = (
        "Lines are those that somebody wrote to deploy it: Compose file and server configuration, without comments "
        "and blank lines. Rebuild: to build the application's image again after one line has changed."
    )
    return start, memory, lines


def _estimate(estimate: Estimate | None) -> str:
    """A value with its interval; one without is not printed."""
    found = with_interval(estimate)
    return f"{number_text(found.value)} ({interval_text(found)})" if found else NOTHING


def _of(row: ReportRow) -> Footprint:
    footprint = row.result.footprint
    if footprint is None:
        raise AssertionError(f"{row.label} was not weighed")
    return footprint


def _timed(title: str, unit: str, what: Callable[[Footprint], Estimate | None]) -> TableColumn:
    def value(row: ReportRow) -> float | None:
        found = what(_of(row))
        return found.value if found else None

    return _column(title, unit, lambda row: _estimate(what(_of(row))), value)


def _sized(title: str, what: Callable[[Footprint], float | None]) -> TableColumn:
    return _column(title, "MiB", lambda row: number_text(what(_of(row))), lambda row: what(_of(row)))


def _counted(title: str, what: Callable[[Footprint], int | None]) -> TableColumn:
    def text(row: ReportRow) -> str:
        count = what(_of(row))
        return NOTHING if count is None else whole_text(count)

    return _column(title, "", text, lambda row: what(_of(row)))


def _by_tier(title: str, what: Callable[[Footprint], Mapping[str, Estimate]]) -> TableColumn:
    def text(row: ReportRow) -> str:
        return by_part(values(what(_of(row))))

    return replace(_column(title, "MiB", text, text), numeric=False)


def _column(
    title: str, unit: str, text: Callable[[ReportRow], str], value: Callable[[ReportRow], Value]
) -> TableColumn:
    return TableColumn(group="footprint", title=title, unit=unit, text=text, value=value)


def _valid(row: ReportRow) -> str:
    """Mark the rows whose figures something has disturbed; why stands below, with the other invalid rows."""
    return NOTHING if row.result.valid else "no"


def _processes(row: ReportRow) -> str:
    counts = _of(row).processes
    services = {name: whole_text(int(count)) for name, count in parts(counts).items()}
    if len(services) > 1 and "total" in counts:
        each = " + ".join(f"{name} {count}" for name, count in services.items())
        return f"{whole_text(counts['total'])} ({each})"
    return next(iter(services.values()), NOTHING)


_COLUMNS: tuple[TableColumn, ...] = (
    replace(_column("valid", "", _valid, _valid), numeric=False),
    _timed("start, cold", "s", lambda found: found.cold_start_s),
    _timed("start, warm", "s", lambda found: found.warm_start_s),
    _timed("idle", "MiB", lambda found: found.idle_mib.get("total")),
    _by_tier("idle by tier", lambda found: found.idle_mib),
    _timed("peak", "MiB", lambda found: found.peak_mib.get("total")),
    _by_tier("peak by tier", lambda found: found.peak_mib),
    _counted("containers", lambda found: found.containers),
    _column("processes", "", _processes, lambda row: _of(row).processes.get("total")),
    _sized("image", lambda found: found.image_mib),
    _sized("unique", lambda found: found.unique_mib),
    _counted("lines", lambda found: found.config_lines),
    _timed("rebuild", "s", lambda found: found.rebuild_s),
)

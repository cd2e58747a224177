"""What every table shows of a row, in one place, so that all exporters say the same."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from lab.model import CellResult
from lab.report.figures import NOTHING, by_part, errors, figure, interval, whole
from lab.report.rows import Row, Section

Group = Literal["throughput", "ceiling", "latency", "errors", "CPU", "footprint"]
Value = float | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A heading, its unit, and what a row has to say under it; `value` is what it sorts by."""

    group: Group
    title: str
    unit: str
    text: Callable[[Row], str]
    value: Callable[[Row], Value]
    numeric: bool = True
    always: bool = False
    """Shown even where no row has anything to say."""


def shown(section: Section) -> tuple[Column, ...]:
    """Pick the columns of a table: those that at least one of its rows fills, and the main ones."""
    return tuple(c for c in COLUMNS if c.always or any(c.text(row) != NOTHING for row in section.rows))


def identity(section: Section) -> tuple[Column, ...]:
    """Pick the columns that say which row it is; the connections are among them where rows differ in them."""
    mixed = len({cell.load.connections for cell in section.cells}) > 1
    return (RANK, LABEL, LOAD) if mixed else (RANK, LABEL)


def deployment(cell: CellResult) -> str:
    """Name what was deployed: `stack@variant`, and the settings on top of it."""
    return f"{cell.stack}@{cell.variant}" + "".join(f"+{k}={v}" for k, v in cell.settings.items())


def _number(
    group: Group, title: str, unit: str, value: Callable[[Row], float | None], *, always: bool = False
) -> Column:
    return Column(group=group, title=title, unit=unit, value=value, text=lambda row: figure(value(row)), always=always)


def _words(group: Group, title: str, unit: str, text: Callable[[Row], str]) -> Column:
    return Column(group=group, title=title, unit=unit, text=text, value=text, numeric=False)


def _rate(row: Row) -> float | None:
    return row.rate.value if row.rate else None


def _published(row: Row) -> float | None:
    return row.cell.published.requests_per_second if row.cell.published else None


def _latency(name: str) -> Callable[[Row], float | None]:
    return lambda row: getattr(row.cell.latency_ms, name) if row.cell.latency_ms else None


def _bound(row: Row) -> str:
    bound = row.cell.bound
    return f"{bound.name} {figure(bound.requests_per_second)}" if bound else NOTHING


def _deployed(row: Row) -> str:
    name = deployment(row.cell)
    return name.removeprefix(row.label if row.cell.stack == row.label else "")


def _ranking(row: Row) -> float | None:
    return row.rank


RANK = Column(group="throughput", title="#", unit="", text=lambda row: row.rank_text, value=_ranking, always=True)
LABEL = _words("throughput", "row", "", lambda row: row.label)
DEPLOYED = _words("throughput", "deployed", "", _deployed)
LOAD = Column(
    group="throughput",
    title="conns",
    unit="",
    text=lambda row: whole(row.cell.load.connections),
    value=lambda row: row.cell.load.connections,
)

REQUESTS = _number("throughput", "requests", "/s", _rate, always=True)
INTERVAL = Column(
    group="throughput",
    title="95% interval",
    unit="/s",
    text=lambda row: interval(row.rate),
    value=_rate,
    always=True,
)
ERRORS = Column(
    group="errors",
    title="errors",
    unit="",
    text=lambda row: errors(row.cell.errors),
    value=lambda row: row.cell.errors.total,
    numeric=False,
    always=True,
)

COLUMNS: tuple[Column, ...] = (
    REQUESTS,
    INTERVAL,
    _number("throughput", "published", "/s", _published),
    _number("throughput", "÷ published", "", lambda row: row.over_published),
    DEPLOYED,
    _words("ceiling", "bound", "/s", _bound),
    _number("ceiling", "÷ bound", "", lambda row: row.over_bound),
    _number("ceiling", "cores", "in use", lambda row: row.cell.cpu_cores.get("total")),
    _words("ceiling", "verdict", "", lambda row: row.cell.verdict or NOTHING),
    _number("latency", "mean", "ms", _latency("mean"), always=True),
    _number("latency", "p50", "ms", _latency("p50"), always=True),
    _number("latency", "p99", "ms", _latency("p99"), always=True),
    _number("latency", "max", "ms", _latency("max"), always=True),
    ERRORS,
    _number("CPU", "CPU", "µs/req", lambda row: row.cell.cpu_us_per_request.get("total")),
    _words("CPU", "CPU by tier", "µs/req", lambda row: by_part(row.cell.cpu_us_per_request)),
    _number("footprint", "memory", "MiB", lambda row: row.cell.memory_peak_mib.get("total")),
    _words("footprint", "memory by tier", "MiB", lambda row: by_part(row.cell.memory_peak_mib)),
    _number("footprint", "start", "s", lambda row: row.cell.startup_s),
    _number("footprint", "image", "MiB", lambda row: row.cell.image_mib),
)

INVALID_COLUMNS: tuple[Column, ...] = (
    DEPLOYED,
    REQUESTS,
    INTERVAL,
    _number("throughput", "answered", "requests", lambda row: row.cell.requests),
    ERRORS,
)

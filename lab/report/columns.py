"""What every table shows of a row, in one place, so that all exporters say the same."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from lab.figures.numbers import NOTHING, chosen_text, errors_text, floor_text, interval_text, number_text, whole_text
from lab.model import Estimate
from lab.report import cores, duets
from lab.report.rows import ReportRow, Section, with_interval
from lab.report.tiers import by_part, values

Group = Literal["result", "ceiling", "verdict", "ratios", "latency", "errors", "CPU", "memory", "footprint"]
Value = float | str | None

_WIDEST = 40
_BOUNDS = {"connections": "conns"}
"""The short name of a bound, as its column is called; the others are short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableColumn:
    """A heading, its unit, and what a row has to say under it; `value` is what it sorts by."""

    group: Group
    title: str
    unit: str
    text: Callable[[ReportRow], str]
    value: Callable[[ReportRow], Value]
    numeric: bool = True
    always: bool = False
    """Shown even where no row has anything to say."""
    widest: int = _WIDEST
    """Longer texts fold on a terminal."""


def shown(section: Section) -> tuple[TableColumn, ...]:
    """Pick the columns of a table: those that at least one of its rows fills, and the main ones."""
    return tuple(c for c in _columns(section) if c.always or any(c.text(row) != NOTHING for row in section.rows))


def invalid_columns(section: Section) -> tuple[TableColumn, ...]:
    """Pick the columns of the rows that are not valid."""
    rate = (OFFERED,) if section.has_open_loops else ()
    beside = tuple(c for c in SIDE_BY_SIDE if any(c.text(row) != NOTHING for row in section.invalid))
    return (LABEL, DEPLOYED, *rate, *(c for c in _main(section) if c.title != "published"), *beside, ANSWERED, ERRORS)


def identity(section: Section) -> tuple[TableColumn, ...]:
    """Pick the columns that say which row it is; the connections are among them where rows differ in them."""
    mixed = len({cell.load.connections for cell in section.cells}) > 1
    rank = (RANK,) if any(row.rank_text != NOTHING for row in section.rows) else ()
    many = replace(LOAD, title=LOAD.title if section.has_loops else "at once")
    rate = (OFFERED,) if section.has_open_loops else ()
    return (*rank, LABEL, *((many,) if mixed else ()), *rate)


def bound_text(row: ReportRow) -> str:
    """Name what binds a row and the ceiling it sets: a rate, or the least time of a burst."""
    bound = row.result.bound
    if bound is None or not bound.requests_per_second:
        return NOTHING
    most = row.cell.load.connections / bound.requests_per_second if row.burst else bound.requests_per_second
    return f"{_BOUNDS.get(bound.name, bound.name)} {number_text(most)}"


def _columns(section: Section) -> tuple[TableColumn, ...]:
    """Put what the question is about first; what a footprint tells better is left to it."""
    others = tuple(c for c in _OTHERS if not (section.weighed and c.group == "memory"))
    return (*_main(section), VERDICT, _bound_column(section), *others)


def _main(section: Section) -> tuple[TableColumn, ...]:
    loops = (REQUESTS, INTERVAL) if section.has_loops else ()
    bursts = (WALL, WALL_INTERVAL) if section.has_bursts else ()
    opens = (TAIL, TAIL_INTERVAL, DROPPED) if section.has_open_loops else ()
    means = (MEAN,) if any(row.published_kind == "mean_ms" for row in section.rows) else ()
    return (*loops, *bursts, *opens, *means, _published_column(section))


def _published_column(section: Section) -> TableColumn:
    """Put the unit into the heading where all rows share it, else beside each figure."""
    units = {_UNITS[row.published_kind] for row in section.rows if row.published_kind}
    if len(units) == 1:
        return _number("result", "published", units.pop(), _published)
    return replace(_words("result", "published", "", _published_text), numeric=True, value=_published)


def _bound_column(section: Section) -> TableColumn:
    rates = section.has_loops or section.has_open_loops
    unit = "/s" if rates else "least s"
    return _words("ceiling", "bound", "/s or s" if rates and section.has_bursts else unit, bound_text)


_UNITS = {"requests_per_second": "/s", "wall_ms": "s", "mean_ms": "ms mean"}


def _published(row: ReportRow) -> float | None:
    value = row.published
    return value / 1000 if value is not None and row.published_kind == "wall_ms" else value


def _published_text(row: ReportRow) -> str:
    if row.published_kind is None:
        return NOTHING
    unit = _UNITS[row.published_kind]
    return f"{number_text(_published(row))}{'' if unit.startswith('/') else ' '}{unit}"


def _number(
    group: Group, title: str, unit: str, value: Callable[[ReportRow], float | None], *, always: bool = False
) -> TableColumn:
    return TableColumn(
        group=group, title=title, unit=unit, value=value, text=lambda row: number_text(value(row)), always=always
    )


def _estimated(
    group: Group, title: str, unit: str, what: Callable[[ReportRow], Estimate | None]
) -> tuple[TableColumn, TableColumn]:
    """A value and its interval; a value without one is not printed."""

    def value(row: ReportRow) -> float | None:
        found = with_interval(what(row))
        return found.value if found else None

    def interval(row: ReportRow) -> str:
        return interval_text(what(row))

    span = TableColumn(group=group, title="95% interval", unit=unit, text=interval, value=value)
    return _number(group, title, unit, value), span


def _words(
    group: Group, title: str, unit: str, text: Callable[[ReportRow], str], *, widest: int = _WIDEST
) -> TableColumn:
    return TableColumn(group=group, title=title, unit=unit, text=text, value=text, numeric=False, widest=widest)


def _rate(row: ReportRow) -> float | None:
    return row.rate.value if row.rate and not row.less_is_better else None


def _wall(row: ReportRow) -> float | None:
    return row.wall.value if row.wall and row.burst else None


def _latency(name: str) -> Callable[[ReportRow], float | None]:
    return lambda row: getattr(row.result.latency_ms, name) if row.result.latency_ms else None


def _percentile(name: str) -> Callable[[ReportRow], float | None]:
    """A percentile; none of a burst, whose few requests have none worth the name."""
    return lambda row: None if row.burst else _latency(name)(row)


def _service(name: str) -> Callable[[ReportRow], float | None]:
    """Of the time from when a request was sent; only an open loop tells it from the latency."""

    def value(row: ReportRow) -> float | None:
        found = row.result.open_loop.service_ms if row.result.open_loop else None
        return getattr(found, name) if found else None

    return value


def _p99(row: ReportRow) -> float | None:
    """Of all rounds together; an open loop is ranked by that of its rounds, which has its own column."""
    return None if row.open_loop else _percentile("p99")(row)


def _published_mean(row: ReportRow) -> float | None:
    return row.cell.published.mean_ms if row.cell.published else None


def _deployed(row: ReportRow) -> str:
    name = row.cell.deployment.name
    return name.removeprefix(row.label if row.cell.deployment.stack == row.label else "")


def _rate_offered(row: ReportRow) -> float | None:
    """At how many requests a second an open loop was asked."""
    rate: float | None = getattr(row.cell.load, "rate", None)
    return rate


_mean = _latency("mean")
RANK = TableColumn(
    group="result", title="#", unit="", text=lambda row: row.rank_text, value=lambda row: row.rank, always=True
)
LABEL = _words("result", "row", "", lambda row: row.label)
DEPLOYED = _words("ratios", "deployed", "", _deployed)
LOAD = TableColumn(
    group="result",
    title="conns",
    unit="",
    text=lambda row: whole_text(row.cell.load.connections),
    value=lambda row: row.cell.load.connections,
)
REQUESTS = replace(
    _number("result", "requests", "/s", _rate, always=True),
    text=lambda row: floor_text(_rate(row), at_least=row.result.at_least),
)
INTERVAL = TableColumn(
    group="result",
    title="95% interval",
    unit="/s",
    text=lambda row: NOTHING if row.less_is_better else interval_text(row.rate),
    value=_rate,
    always=True,
)
WALL = _number("result", "wall clock", "s", _wall, always=True)
WALL_INTERVAL = TableColumn(
    group="result",
    title="95% interval",
    unit="s",
    text=lambda row: interval_text(row.wall) if row.burst else NOTHING,
    value=_wall,
    always=True,
)
OFFERED = replace(
    _number("result", "offered", "/s", _rate_offered, always=True),
    text=lambda row: NOTHING if (rate := _rate_offered(row)) is None else chosen_text(rate),
)
TAIL = _number("result", "p99", "ms", lambda row: row.tail.value if row.tail else None, always=True)
TAIL_INTERVAL = TableColumn(
    group="result",
    title="95% interval",
    unit="ms",
    text=lambda row: interval_text(row.tail),
    value=lambda row: row.tail.value if row.tail else None,
    always=True,
)
DROPPED = _number(
    "result", "dropped", "requests", lambda row: one.dropped if (one := row.result.open_loop) else None, always=True
)
ANSWERED = _number("result", "answered", "requests", lambda row: row.result.requests)
ERRORS = TableColumn(
    group="errors",
    title="errors",
    unit="",
    text=lambda row: errors_text(row.result.errors),
    value=lambda row: row.result.errors.total,
    numeric=False,
    always=True,
)

MEAN = _number("result", "mean", "ms", lambda row: _mean(row) if row.published_kind == "mean_ms" else None)
VERDICT = _words(
    "verdict",
    "verdict",
    "",
    lambda row: row.result.verdict.name if row.result.verdict else NOTHING,
    widest=len("cannot be true"),
)
SIDE_BY_SIDE = (
    *_estimated("CPU", "CPU ÷ reference", "", duets.cpu_ratio),
    *_estimated("CPU", "CPU ÷ reference, idle", "", duets.idle_ratio),
)
"""Of other seconds than the rounds: valid where those may not be."""

_OTHERS: tuple[TableColumn, ...] = (
    _number("ratios", "÷ published", "", lambda row: row.over_published),
    _number("ratios", "÷ bound", "", lambda row: row.over_bound),
    _number("ratios", "core use", "", lambda row: row.core_use),
    _number("ratios", "cores", "in use", lambda row: row.result.cpu_cores.get("total")),
    DEPLOYED,
    _number("latency", "mean", "ms", _mean),
    _number("latency", "published", "mean ms", _published_mean),
    _number("latency", "p50", "ms", _percentile("p50")),
    _number("latency", "p99", "ms", _p99),
    _number("latency", "max", "ms", _latency("max")),
    _number("latency", "service p50", "ms", _service("p50")),
    _number("latency", "service p99", "ms", _service("p99")),
    ERRORS,
    *SIDE_BY_SIDE,
    *_estimated("CPU", "CPU", "µs/req", lambda row: row.result.cpu_us_per_request.get("total")),
    TableColumn(group="CPU", title="core speed", unit="× median", text=cores.text, value=cores.factor),
    *_estimated("CPU", "CPU at median speed", "µs/req", cores.cost),
    _number("CPU", "requests at median speed", "/s", cores.rate),
    _words("CPU", "CPU by tier", "µs/req", lambda row: by_part(values(row.result.cpu_us_per_request))),
    *_estimated("memory", "memory", "MiB", lambda row: row.result.memory_peak_mib.get("total")),
    _number("memory", "published", "MB", lambda row: row.cell.published.memory_mb if row.cell.published else None),
    _words("memory", "memory by tier", "MiB", lambda row: by_part(values(row.result.memory_peak_mib))),
    _number("memory", "image", "MiB", lambda row: row.result.image_mib),
)

"""`lab top`."""

import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from lab.cli import output
from lab.cli.options import Json, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Group

    from lab.model.vitals import StackReading, TierVitals

Interval = Annotated[
    float, typer.Option("--interval", "-i", envvar="LAB_INTERVAL", min=0.2, max=3600, help="Seconds of a reading.")
]
Once = Annotated[bool, typer.Option("--once", envvar="LAB_ONCE", help="One reading, also at a terminal.")]

HEADER = ("tier", "CPU (cores)", "memory (MiB)", "of", "requests/s", "errors/s", "waiting", "connections", "notes")
NARROW = ("tier", "cores", "MiB", "of", "req/s", "err/s", "wait", "conn")
"""The same for a terminal that is too narrow; notes stand below."""
UNKNOWN = "-"


def command(stack: Target, *, interval: Interval = 2.0, once: Once = False, json: Json = False) -> None:
    """Show live what each tier of a stack that is up uses and does, and who waits at it."""
    from lab.figures import vitals
    from lab.measure.vitals import looking

    with looking(stack) as (target, looker):
        if json or once or not output.stdout().is_terminal:
            first = looker.read()
            time.sleep(interval)
            found = vitals.between(first, looker.read())
        else:
            with suppress(KeyboardInterrupt):  # it is how one leaves a live view
                _watch(target, looker.read, interval_s=interval)
            return
    _print(target, found, interval_s=interval, json=json)


def _print(target: str, found: "Sequence[TierVitals]", *, interval_s: float, json: bool) -> None:
    if json:
        output.print_json({"stack": target, "interval_s": interval_s, "tiers": [asdict(tier) for tier in found]})
        return
    shape = fitted(tuple(found), width=output.width())
    output.print_table(shape.header, shape.rows, gap=shape.gap)
    for note in shape.notes:
        print(output.plain(note))


def _watch(target: str, read: "Callable[[], StackReading]", *, interval_s: float) -> None:
    """Draw the table anew after each reading, until Ctrl-C. Raises LabError if the stack goes away."""
    from rich.live import Live

    from lab.figures import vitals

    before = read()
    console = output.stdout()
    with Live(console=console, auto_refresh=False) as live:
        while True:
            time.sleep(interval_s)
            now = read()
            found = vitals.between(before, now)
            live.update(_table(target, found, interval_s=interval_s, width=console.width), refresh=True)
            before = now


def _table(target: str, found: "tuple[TierVitals, ...]", *, interval_s: float, width: int) -> "Group":
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    moment = time.strftime("%H:%M:%S")
    title = Text(output.plain(f"{target}   {moment}   each line: the last {interval_s:g} s   Ctrl-C ends"))
    shape = fitted(found, width=width)
    table = Table(box=None, pad_edge=False, padding=(0, shape.gap, 0, 0))
    for number, name in enumerate(shape.header):
        first, last = number == 0, number == len(HEADER) - 1
        table.add_column(name, justify="left" if first or last else "right", no_wrap=first, overflow="fold")
    for row in shape.rows:
        table.add_row(*(Text(output.plain(cell)) for cell in row))
    return Group(title, table, *(Text(output.plain(note)) for note in shape.notes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The table as so many columns can hold it."""

    header: tuple[str, ...]
    rows: list[tuple[str, ...]]
    gap: int = len(output.GAP)
    notes: tuple[str, ...] = ()
    """Those that stand below it."""


def fitted(found: "tuple[TierVitals, ...]", *, width: int | None) -> Shape:
    """The whole table where it has the width, or no terminal limits it; else a narrow one with its notes below."""
    lines = rows(found)
    needed = sum(max(map(len, column)) for column in zip(HEADER, *lines, strict=True))
    if width is None or needed + len(output.GAP) * (len(HEADER) - 1) <= width:
        return Shape(header=HEADER, rows=lines)
    notes = tuple(f"{tier.tier}: {note}" for tier in found for note in tier.notes)
    return Shape(header=NARROW, rows=[line[:-1] for line in lines], gap=1, notes=notes)


def rows(found: "tuple[TierVitals, ...]") -> list[tuple[str, ...]]:
    """The cells of the table: a line for each tier, and one for all together."""
    from lab.figures import vitals

    lines = [
        (
            tier.tier,
            _shown(tier.cpu_cores, 2),
            _shown(tier.memory_mib, 0),
            _shown(tier.limit_mib, 0),
            _shown(tier.requests_per_s, 1),
            _shown(tier.errors_per_s, 1),
            _shown(tier.waiting, 1),
            _shown(tier.connections, 0),
            "; ".join(tier.notes),
        )
        for tier in found
    ]
    cores, mib = vitals.total(found)
    return [*lines, ("all", _shown(cores, 2), _shown(mib, 0), "", "", "", "", "", "")]


def _shown(value: float | None, digits: int) -> str:
    return UNKNOWN if value is None else f"{value:,.{digits}f}"

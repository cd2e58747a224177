"""What `--dry-run` prints of a command that measures."""

from collections.abc import Sequence
from dataclasses import asdict

from lab.catalog import Catalog
from lab.cli import output
from lab.commands import forecast
from lab.commands.forecast import Forecast
from lab.figures.numbers import count_text
from lab.model import Cell

MOST_MIN, MOST_H, MOST_DAYS = 120, 48, 365
"""How many of each unit are still said in it."""


def _time_text(minutes: float) -> str:
    """How long a run takes in the unit that people would say it in."""
    if minutes < MOST_MIN:
        return f"about {max(minutes, 1):.0f} min"
    hours = minutes / 60
    if hours < MOST_H:
        return f"about {hours:.0f} hours"
    return f"about {hours / 24:,.0f} days" if hours / 24 < MOST_DAYS else "more than a year"


def tell(
    catalog: Catalog,
    cells: Sequence[Cell],
    label: str,
    *,
    rounds: int,
    json: bool,
    duet_s: float = 0.0,
    idle: bool = False,
    beside_s: float = 0.0,
) -> None:
    """Work out what measuring these cells would take, and print it; nothing is started."""
    found = forecast.forecast(catalog, cells, rounds=rounds, duet_s=duet_s, idle=idle, beside_s=beside_s)
    if json:
        output.print_json({**asdict(found), "budget": label})
        return
    missing = found.missing_images
    source = count_text(found.tables, "table") if found.tables else "stacks given by name"
    built = "no engine to ask which exist" if missing is None else f"{len(missing)} of them to be built"
    output.print_table(
        ("", ""),
        [
            (
                "rows",
                f"{found.rows} of {source}, {_each(found, rounds)}{count_text(found.rounds, 'round')}",
            ),
            ("budget", label),
            ("time", _time_text(found.minutes)),
            ("images", f"{found.images}, {built}"),
            ("disk", f"about {found.disk_mib:,.0f} MiB, of {found.free_mib:,} MiB that are free"),
        ],
    )
    if found.tables > 1:
        output.print_table(
            ("table", "rows", "rounds", "about"),
            [(part.table, str(part.rows), str(part.rounds), f"{part.minutes:.1f} min") for part in found.by_table],
        )


def _each(found: Forecast, rounds: int) -> str:
    """How many rounds each row has, if all have as many."""
    return f"{count_text(rounds, 'round')} each: " if found.rounds == found.rows * rounds else ""

"""`lab bench A B --until 3% --within 10m`: how both are written, and how such a run ends."""

import re
from dataclasses import replace

from lab.errors import Inconclusive, UsageError
from lab.figures import pacing
from lab.model import Cell, CellResult, Results, Run

LARGEST = 0.5
WITHIN_S = 600.0
LEAST_WITHIN_S = 60.0
"""Below it no interval can be had: `figures.sequential.FIRST_LOOK`."""
_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_TIME = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|min|h)")
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600}


def read_share(text: str) -> float:
    """`3%` → 0.03. Raises UsageError for what is no share, or none that can be asked for."""
    match = _SHARE.fullmatch(text.strip())
    share = float(match[1]) / 100 if match else 0.0
    if not 0 < share <= LARGEST:
        raise UsageError(
            f"--until {text} is no difference that can be looked for",
            fix=f"write it in percent, more than 0% and at most {LARGEST:.0%}: --until 3%",
        )
    return share


def read_time(text: str) -> float:
    """`10m`, `90s`, `1h` → seconds. Raises UsageError for what is no time, or one too short to decide anything."""
    match = _TIME.fullmatch(text.strip())
    seconds = float(match[1]) * _SECONDS[match[2]] if match else 0.0
    if seconds < LEAST_WITHIN_S:
        raise UsageError(
            f"--within {text} is no time in which anything can be decided",
            fix=f"write it with its unit, at least {LEAST_WITHIN_S:.0f}s: --within 10m",
        )
    return seconds


def two(cells: tuple[Cell, ...], until: str | None, within: str | None) -> tuple[Cell, ...]:
    """The rows as they are compared: the first is the reference. Raises UsageError unless there are two."""
    if until is None:
        return cells
    read_share(until), within_s(within)  # what makes no sense is said before anything begins
    if len(cells) != 2:  # noqa: PLR2004
        raise UsageError(
            f"--until compares two stacks, and here are {len(cells)}", fix="lab bench A B --until 3%, one set of pins"
        )
    if unequal := pacing.unequal(*cells):
        raise UsageError(
            f"{unequal}: there is nothing to decide between them",
            fix="compare two that do the same work: `lab describe STACK` lists the variants",
        )
    return tuple(replace(cell, reference=cells[0].row) for cell in cells)


def sought(run: Run, until: str | None, within: str | None) -> Run:
    """The run with what it is to decide."""
    return run if until is None else replace(run, until=read_share(until), within_s=within_s(within))


def within_s(text: str | None) -> float:
    """For how long it is looked at most. Raises UsageError."""
    return WITHIN_S if text is None else read_time(text)


def conclude(results: Results) -> CellResult:
    """The row for which it is decided. Raises Inconclusive if it is not."""
    from lab.report import duets

    row = next((cell for cell in results.cells if cell.duet), None)
    if row is None or row.duet is None:
        raise Inconclusive("undecided: the two could not be measured side by side", fix="the warnings above say why")
    if not row.duet.valid or row.duet.decision is None:
        why = "; ".join(row.duet.invalid_reasons) or "the interval is still too wide"
        raise Inconclusive(
            f"undecided: {duets.until_words(row.cell.row, row.duet)} ({why})",
            fix="give it longer with --within, or ask for a larger difference with --until",
        )
    return row

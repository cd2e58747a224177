"""What a selftest found: whether each sabotage was named, and whether what was left alone was left in peace.

The sabotages themselves are the rows of `selftest/experiments/`. What is asked here is the same `CellResult` that every
report prints: nothing is judged by rules of its own.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lab.figures.numbers import interval_text, number_text
from lab.model import CellResult, Duet, Results

Ending = Literal["caught", "missed", "too noisy"]
SAME = 0.02
"""How near to 1 the interval of two copies must come."""
WIDE = 0.1
"""From one end to the other: a wider interval of two stacks side by side tells nothing of either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelftestLine:
    """One thing that was done, what the lab said to it, and how it ended; of what was left alone silence is right."""

    name: str
    done: str
    said: str
    ending: Ending


@dataclass(frozen=True, slots=True, kw_only=True)
class Sabotage:
    """A row that must not be believed, and the words in which the lab says why."""

    row: str
    name: str
    done: str
    named: str
    """A pattern of the reason or the note."""
    quiet: bool = False
    """Whether it only shows where nothing else is in the way: what cannot be counted is hidden by noise."""
    beside: str | None = None
    """A row of the same run that is left alone: where that is called, too, it was not the sabotage that was seen."""


NOISE = re.compile("|".join(("other processes used", "the hypervisor took", "that are no part of the run used")))
"""What a report says of a host that is too busy to measure on."""
SABOTAGES = (
    Sabotage(
        row="full-generator",
        name="saturated generator",
        done="requests that take longer to make than to answer",
        named=r"the load generator was the limit",
        quiet=True,
    ),
    Sabotage(
        row="hog",
        name="hog on the stack's cores",
        done="another process computed there",
        named=NOISE.pattern,
        beside="no-hog",
    ),
    Sabotage(
        row="wrong-body",
        name="wrong answers",
        done="one wrong body in 1,000",
        named=r"answers had the wrong body",
    ),
    Sabotage(
        row="swapped",
        name="swapped answers",
        done="one in 1,000 was that of the other request",
        named=r"answers had the wrong body",
    ),
    Sabotage(
        row="throttled",
        name="throttled container",
        done="half a core by quota",
        named=r"the kernel throttled",
    ),
    Sabotage(
        row="eating",
        name="OOM kill",
        done="children that took all memory",
        named=r"for want of memory \(OOM\)",
    ),
)


def sabotaged(results: Results) -> Iterator[SelftestLine]:
    """A line for each sabotaged row of a run."""
    cells = {result.cell.row: result for result in results.cells}
    for sabotage in SABOTAGES:
        if sabotage.row in cells:
            yield _line(sabotage, cells)


def _line(sabotage: Sabotage, cells: Mapping[str, CellResult]) -> SelftestLine:
    said = told(cells[sabotage.row])
    named = next((words for words in said if re.search(sabotage.named, words)), None)
    ending: Ending = "caught" if named else "missed"
    if named is None and sabotage.quiet and any(map(NOISE.search, said)):
        ending = "too noisy"
    beside = cells.get(sabotage.beside or "")
    if beside and any(map(NOISE.search, told(beside))):
        ending = "too noisy"
    words = named or "; ".join(said) or "nothing"
    return SelftestLine(name=sabotage.name, done=sabotage.done, said=words, ending=ending)


def told(result: CellResult) -> tuple[str, ...]:
    """All that a report says against a row."""
    return (*result.invalid_reasons, *result.notes)


def left_alone(results: Results, rows: Sequence[str]) -> SelftestLine:
    """Rows in which nothing was amiss must be valid."""
    found = [result for result in results.cells if result.cell.row in rows]
    against = [f"{result.cell.row}: {reason}" for result in found for reason in result.invalid_reasons]
    return SelftestLine(
        name="left alone",
        done="nothing, twice",
        said="; ".join(against) or "valid",
        ending="too noisy" if against else "caught",
    )


def alike(duet: Duet | None) -> SelftestLine:
    """Two copies side by side must cost the same, within `SAME`."""
    done = "a server beside a copy of itself"
    said, ends = _side_by_side(duet)
    if ends is None:
        return SelftestLine(name="A/A", done=done, said=said, ending="too noisy")
    same = ends[0] < 1 + SAME and ends[1] > 1 - SAME
    return SelftestLine(name="A/A", done=done, said=said, ending="caught" if same else "missed")


def slower(duet: Duet | None) -> SelftestLine:
    """One that does needless work must cost more, beyond doubt."""
    name, done = "slowdown", "needless work for each request"
    said, ends = _side_by_side(duet)
    if ends is not None and ends[0] > 1:
        return SelftestLine(name=name, done=done, said=said, ending="caught")
    return SelftestLine(name=name, done=done, said=said, ending="too noisy" if ends is None else "missed")


def _side_by_side(duet: Duet | None) -> tuple[str, tuple[float, float] | None]:
    """What was measured, and its interval if that is narrow enough to mean anything."""
    if duet is None:
        return "they could not be measured side by side", None
    ratio = duet.cpu_ratio
    said = f"{number_text(ratio.value)} times the CPU ({interval_text(ratio)}), {number_text(duet.rate)}/s each"
    if not duet.valid:
        return f"{said}; {'; '.join(duet.invalid_reasons)}", None
    if ratio.low is None or ratio.high is None or ratio.high - ratio.low > WIDE * ratio.value:
        return said, None
    return said, (ratio.low, ratio.high)


def ambient(results: Results, variables: Mapping[str, str]) -> SelftestLine:
    """Variables of the user's that a Compose file reads must reach no container."""
    decided = [facts.environment for facts in results.run.deployments]
    leaked = sorted({name for one in decided for name, value in variables.items() if one.get(name) == value})
    failed = [facts.failure for facts in results.run.deployments if facts.failure]
    wrong = sum(result.errors.body for result in results.cells)
    shown = " ".join(f"{name}={value}" for name, value in variables.items())
    if leaked or failed or wrong:
        said = "; ".join([*(f"{name} reached a container" for name in leaked), *failed]) or f"{wrong} wrong answers"
    else:
        said = "no container got it; run.json names all that they got"
    ending: Ending = "missed" if leaked or failed or wrong else "caught"
    return SelftestLine(name="ambient environment", done=f"{shown} in the user's shell", said=said, ending=ending)

"""What a selftest found: whether each sabotage was named, and whether what was left alone was left in peace.

The sabotages themselves are the rows of `selftest/experiments/`. What is asked here is the same `CellResult` that every
report prints: nothing is judged by rules of its own.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lab.figures.numbers import interval_text, number_text
from lab.model import CellResult, Duet, Results, Sample
from lab.results import disturbance

Ending = Literal["caught", "missed", "too noisy"]
SAME = 0.02
"""How near to 1 the interval of two copies must come."""
WIDE = 0.1
"""From one end to the other: a wider interval of two stacks side by side tells nothing of either."""
SLOWDOWN = 0.05
"""What the needless work adds at least: an interval that ends below has missed it, and one that holds 1 and this
cannot judge."""
SURE = 1.7
"""How many times as wide as an interval of 95% one of 99.9% is: nothing is called foul by less. On a noisy host one in
twenty intervals of 95% misses the truth, and that is no fault of the lab's."""
CALM_SHARE = 0.03
"""Of the host's CPU time, used by others or taken by its hypervisor: beyond that a load generator or a quota may find
no core to fill."""


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
    """Whether it only shows where a core can be filled: where others compute, silence proves nothing."""
    beside: str | None = None
    """A row of the same run that is left alone: where that is called, too, it was not the sabotage that was seen."""


NOISE = re.compile("|".join(("other processes used", "the hypervisor took", "that are no part of the run used")))
"""What a report says of a host that is too busy to measure on."""
CONTRACT = "does not keep its contract"
"""What is said of a stack that answers wrongly before it is measured; one that did not come up was only slow."""
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
        quiet=True,
    ),
    Sabotage(
        row="eating",
        name="OOM kill",
        done="children that took all memory",
        named=r"for want of memory \(OOM\)",
    ),
)


def sabotaged(results: Results, samples: Sequence[Sample]) -> Iterator[SelftestLine]:
    """A line for each sabotaged row of a run; `samples` are its rounds."""
    cells = {result.cell.row: result for result in results.cells}
    for sabotage in SABOTAGES:
        if sabotage.row in cells:
            key = cells[sabotage.row].cell.key
            yield _line(sabotage, cells, [sample for sample in samples if sample.cell == key])


def _line(sabotage: Sabotage, cells: Mapping[str, CellResult], samples: Sequence[Sample]) -> SelftestLine:
    said = cells[sabotage.row].remarks
    named = next((words for words in said if re.search(sabotage.named, words)), None)
    ending: Ending = "caught" if named else "missed"
    if named is None and sabotage.quiet and not _is_calm(said, samples):
        ending = "too noisy"
    beside = cells.get(sabotage.beside or "")
    if beside and any(map(NOISE.search, beside.remarks)):
        ending = "too noisy"
    words = named or "; ".join(said) or "nothing"
    return SelftestLine(name=sabotage.name, done=sabotage.done, said=words, ending=ending)


def _is_calm(said: Sequence[str], samples: Sequence[Sample]) -> bool:
    """Whether nobody else computed while a row was measured: a stricter question than whether it may be ranked."""
    others = (disturbance.foreign_share(samples) or 0.0) + disturbance.steal_share(samples)
    return others <= CALM_SHARE and not any(map(NOISE.search, said))


def left_alone(results: Results, rows: Sequence[str]) -> SelftestLine:
    """Rows in which nothing was amiss must be valid; what is said of a noisy host is no fault of the lab's."""
    found = [result for result in results.cells if result.cell.row in rows]
    against = [f"{result.cell.row}: {reason}" for result in found for reason in result.invalid_reasons]
    ending: Ending = "missed" if against else "caught"
    if any(map(NOISE.search, against)):
        ending = "too noisy"
    return SelftestLine(name="left alone", done="nothing, twice", said="; ".join(against) or "valid", ending=ending)


def alike(duet: Duet | None) -> SelftestLine:
    """Two copies side by side must cost the same, within `SAME`; noise makes the interval wider and nothing else."""
    done = "a server beside a copy of itself"
    said, ends = _side_by_side(duet)
    if duet is None or ends is None:
        return SelftestLine(name="A/A", done=done, said=said, ending="too noisy")
    low, high = _surely(ends)
    same = low < 1 + SAME and high > 1 - SAME
    most = f"no difference larger than {max(ends[1], 1 / ends[0]) - 1:.1%}"
    return SelftestLine(
        name="A/A", done=done, said=f"{most}: {said}" if same else said, ending="caught" if same else "missed"
    )


def slower(duet: Duet | None) -> SelftestLine:
    """One that does needless work must cost more, beyond doubt."""
    said, ends = _side_by_side(duet)
    ending: Ending = "too noisy"
    if ends is not None and ends[0] > 1:
        ending = "caught"
    elif ends is not None and _surely(ends)[1] < 1 + SLOWDOWN:
        ending = "missed"
    return SelftestLine(name="slowdown", done="needless work for each request", said=said, ending=ending)


def disturbed(results: Results, row: str, *, alone: str) -> SelftestLine:
    """A duet beside which another process computed must not be valid, for that very reason.

    Its reference, the row that was left `alone` in its rounds, tells whether others computed there anyway.
    """
    cells = {result.cell.row: result for result in results.cells}
    duet = cells[row].duet
    said = "they could not be measured side by side" if duet is None else "; ".join(duet.invalid_reasons) or "nothing"
    ending: Ending = "caught" if NOISE.search(said) else "missed"
    if duet is None or any(map(NOISE.search, cells[alone].remarks)):
        ending = "too noisy"
    return SelftestLine(name="hog beside a duet", done="another process computed there", said=said, ending=ending)


def _surely(ends: tuple[float, float]) -> tuple[float, float]:
    """The same interval so wide that it misses the truth once in a thousand times."""
    middle, half = math.sqrt(ends[0] * ends[1]), math.sqrt(ends[1] / ends[0])
    return middle / half**SURE, middle * half**SURE


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
    ending: Ending = "caught"
    said = "no container got it; run.json names all that they got"
    if failed:
        said, ending = "; ".join(failed), "missed" if any(CONTRACT in why for why in failed) else "too noisy"
    if leaked or wrong:
        said = "; ".join(f"{name} reached a container" for name in leaked) or f"{wrong} wrong answers"
        ending = "missed"
    return SelftestLine(name="ambient environment", done=f"{shown} in the user's shell", said=said, ending=ending)


def retried(first: Sequence[SelftestLine], again: Sequence[SelftestLine]) -> tuple[SelftestLine, ...]:
    """What two tries of the same part say: the second counts where the first could not judge, and nowhere else.

    A sabotage that was missed stays missed, however often it is caught afterwards.
    """
    second = {line.name: line for line in again}
    lines = (second.get(line.name, line) if line.ending == "too noisy" else line for line in first)
    missed = {line.name: line for line in again if line.ending == "missed"}
    return tuple(missed.get(line.name, line) for line in lines)

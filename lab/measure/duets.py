"""The duets of a table: who is whose reference, at which rate both are asked, and every turn of every pair."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from lab.engine.client import in_words
from lab.errors import EngineUnavailable, LabError
from lab.figures import pacing
from lab.figures.pacing import Known
from lab.load import kind
from lab.measure import deciding, duet, rounds, signing
from lab.measure.duet import TURNS, Side
from lab.measure.stage import Bench, Up
from lab.model import Cell, Deployment, Sample


def wanted(bench: Bench, cells: Sequence[Cell]) -> list[Cell]:
    """The rows that are to be measured side by side and have not been yet."""
    if bench.journal.run.until is not None:
        return [*cells] if all(deciding.is_open(bench.journal, cell) for cell in cells) else []
    if not bench.journal.run.duet_s:
        return []
    return [cell for cell in cells if _can(cell) and bench.journal.missing_turns(cell, turns=_turns(bench))]


def _turns(bench: Bench) -> int:
    """Turns of each pair; those at the low rate come after the others."""
    return TURNS * 2 if bench.journal.run.duet_idle else TURNS


def _can(cell: Cell) -> bool:
    """Whether a row is about requests that can be asked at a fixed rate, of a stack that stays up."""
    return kind(cell.load).DUETS and not cell.from_nothing


def measure(bench: Bench, up: Mapping[Deployment, Up], cells: Sequence[Cell]) -> None:
    """Every missing turn of the rows of a table, each group of them against its reference."""
    samples = _by_cell(bench)
    for rows in pacing.groups([cell for cell in cells if _can(cell) and cell.deployment in up]):
        group = {cell.key: cell for cell in rows}
        known = {key: found for key in group if (found := _known(samples.get(key, ()))) is not None}
        able = pacing.fast_enough(known)
        if len(able) > 1:
            _measure_group(bench, up, {key: group[key] for key in able}, able)


def _measure_group(
    bench: Bench, up: Mapping[Deployment, Up], cells: Mapping[str, Cell], known: Mapping[str, Known]
) -> None:
    reference = _reference(cells, known)
    own = cells[reference].deployment
    # Rows that differ in their load only are one stack: asked at a fixed rate, they are the same.
    others = [*{cell.deployment: cell for cell in reversed([*cells.values()]) if cell.deployment != own}.values()][::-1]
    if not others:
        return
    cores = len(bench.journal.run.budget_of(cells[reference].table).stack_cpus)
    rate = pacing.rate([known[cell.key] for cell in others], reference=known[reference], cores=cores)
    if bench.journal.run.until is not None:
        _decide(bench, up, others[0], cells[reference], rate=rate)
        return
    seconds = bench.journal.run.duet_s / TURNS
    for number in range(_turns(bench)):
        asked = rate if number < TURNS else pacing.idle(rate)
        for cell in others:
            if asked is not None and number in bench.journal.missing_turns(cell, turns=_turns(bench)):
                bench.observer.dueting(cell, cells[reference], asked)
                low = number >= TURNS
                _play(bench, up, cell, cells[reference], rate=asked, seconds=seconds, number=number, idle=low)


def _decide(bench: Bench, up: Mapping[Deployment, Up], cell: Cell, reference: Cell, *, rate: float) -> None:
    """Turn after turn of one pair, until it is decided which is faster."""
    turns = [turn for turn in bench.journal.folder.duets() if turn.cell == cell.key]
    asked = turns[0].rate if turns else rate  # a run that goes on must not change its question

    def play(number: int) -> None:
        bench.observer.dueting(cell, reference, asked)
        _play(bench, up, cell, reference, rate=asked, seconds=deciding.TURN_S, number=number)

    deciding.until_decided(bench.journal, cell, play=play)


def _reference(cells: Mapping[str, Cell], known: Mapping[str, Known]) -> str:
    """The row that the others name, else the one whose request is cheapest."""
    named = next((cell.reference for cell in cells.values() if cell.reference not in (None, cell.row)), None)
    return next((key for key, cell in cells.items() if cell.row == named), pacing.cheapest(known))


def _play(
    bench: Bench,
    up: Mapping[Deployment, Up],
    cell: Cell,
    reference: Cell,
    *,
    rate: float,
    seconds: float,
    number: int,
    idle: bool = False,
) -> None:
    """One turn into the journal; where it cannot be had, what became of the row in turn is kept."""
    try:
        with in_words(), bench.clock.phase("load"):
            row, other = (_side(bench, up[one.deployment], one) for one in (cell, reference))
            found = duet.play(
                bench.client, row, other, rate=rate, seconds=seconds, number=number, watch=bench.cores.watch, idle=idle
            )
            bench.journal.add_duet(found)
    except EngineUnavailable:
        raise
    except LabError as error:
        bench.observer.warn(f"{cell.key} beside {reference.row}: {error}")
        bench.journal.add_unplayed(cell, error.what)


def _side(bench: Bench, up: Up, cell: Cell) -> Side:
    """What is asked of a row; signing in needs a stack that is not frozen."""
    asked = bench.catalog.workloads[cell.workload]
    if asked.sign_in is not None:
        with rounds.thawed(up.rig):
            asked = signing.signed_in(up.rig.published_url, asked)
    return Side(cell=cell, rig=up.rig, workload=asked, answers=up.answers[cell.workload])


def _by_cell(bench: Bench) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = {}
    for sample in bench.journal.folder.samples()[0]:
        if not sample.set_aside:
            found.setdefault(sample.cell, []).append(sample)
    return found


def _known(samples: Sequence[Sample]) -> Known | None:
    """What a row's rounds say of its speed and cost, whatever one bad one says; None if they do not."""
    costs = list(_costs(samples))
    rate = median(sample.result.requests_per_second for sample in samples) if samples else 0.0
    return Known(requests_per_second=rate, cpu_s=median(costs)) if costs and rate else None


def _costs(samples: Sequence[Sample]) -> Iterator[float]:
    for sample in samples:
        used = [spent for spent in sample.steady_cpu_s.values() if spent is not None]
        if sample.result.steady_requests and len(used) == len(sample.steady_cpu_s):
            yield sum(used) / sample.result.steady_requests

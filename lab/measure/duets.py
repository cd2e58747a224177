"""The duets of a table: who is whose reference, at which rate both are asked, and every turn of every pair."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from lab.engine.client import in_words
from lab.errors import EngineUnavailable, LabError
from lab.figures import pacing
from lab.figures.numbers import number_text
from lab.figures.pacing import Known
from lab.load import kind
from lab.measure import deciding, duet, rounds, signing
from lab.measure.ahead import Ahead
from lab.measure.duet import TURNS, Side
from lab.measure.stage import Bench, Up
from lab.model import Cell, Deployment, DuetSample, Sample


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
    rate = bench.journal.run.duet_rate
    if rate is None:
        rate = pacing.rate([known[cell.key] for cell in others], reference=known[reference], cores=cores)
    elif slow := pacing.too_slow(known, rate=rate):
        _refuse(bench, others, cells[slow], rate=rate, at_most=pacing.most([known[slow]]))
        return
    if bench.journal.run.until is not None:
        _decide(bench, up, others[0], cells[reference], rate=rate)
        return
    ahead = Ahead(turn for turn in _all_turns(bench, others, rate=rate) if _is_missing(bench, turn))
    for turn in ahead:
        if _play(bench, up, turn, cells[reference], may_be_void=ahead.may_come_again(turn)):
            ahead.again(turn)


def _refuse(bench: Bench, cells: Sequence[Cell], slow: Cell, *, rate: float, at_most: float) -> None:
    """Play no turn of some rows: one of them does not serve with ease the rate that was chosen."""
    why = f"{number_text(rate)}/s is more than half of what {slow.row} answered: --duet-rate {at_most:.0f} or less"
    for cell in cells:
        bench.journal.add_unplayed(cell, why)
    bench.observer.warn(f"not side by side: {why}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """What is to be played of one row beside its reference."""

    cell: Cell
    number: int
    rate: float
    seconds: float
    idle: bool = False
    """Whether it is one at the low rate."""


def _all_turns(bench: Bench, cells: Sequence[Cell], *, rate: float) -> Iterator[_Turn]:
    """Of all rows in turn; those at the low rate, where there is one and it is wanted, come last."""
    seconds, low = bench.journal.run.duet_s / TURNS, pacing.idle(rate)
    for number in range(_turns(bench)):
        for cell in cells:
            if number < TURNS:
                yield _Turn(cell=cell, number=number, rate=rate, seconds=seconds)
            elif low is not None:
                yield _Turn(cell=cell, number=number, rate=low, seconds=seconds, idle=True)


def _is_missing(bench: Bench, turn: _Turn) -> bool:
    return turn.number in bench.journal.missing_turns(turn.cell, turns=_turns(bench))


def _decide(bench: Bench, up: Mapping[Deployment, Up], cell: Cell, reference: Cell, *, rate: float) -> None:
    """Turn after turn of one pair, until it is decided which is faster."""
    turns = [turn for turn in bench.journal.folder.duets() if turn.cell == cell.key]
    asked = turns[0].rate if turns else rate  # a run that goes on must not change its question

    def play(number: int, *, may_be_void: bool) -> None:
        turn = _Turn(cell=cell, number=number, rate=asked, seconds=deciding.TURN_S)
        _play(bench, up, turn, reference, may_be_void=may_be_void)

    deciding.until_decided(bench.journal, cell, play=play)


def _reference(cells: Mapping[str, Cell], known: Mapping[str, Known]) -> str:
    """The row that the others name, else the one whose request is cheapest."""
    named = next((cell.reference for cell in cells.values() if cell.reference not in (None, cell.row)), None)
    return next((key for key, cell in cells.items() if cell.row == named), pacing.cheapest(known))


def _play(bench: Bench, up: Mapping[Deployment, Up], turn: _Turn, reference: Cell, *, may_be_void: bool) -> bool:
    """One turn into the journal; where it cannot be had, what became of the row in turn is kept.

    Returns whether it was void and is played once more.
    """
    bench.observer.dueting(turn.cell, reference, turn.rate)
    try:
        with in_words(), bench.clock.phase("load"):
            found = _played(bench, up, turn, reference)
    except EngineUnavailable:
        raise
    except LabError as error:
        bench.observer.warn(f"{turn.cell.key} beside {reference.row}: {error}")
        bench.journal.add_unplayed(turn.cell, error.what)
        return False
    void = bench.cores.void_turn(found) if may_be_void else ""
    bench.journal.add_duet(replace(found, set_aside=void))
    if void:
        bench.observer.void_turn(turn.cell, reference, void)
    return bool(void)


def _played(bench: Bench, up: Mapping[Deployment, Up], turn: _Turn, reference: Cell) -> DuetSample:
    row, other = (_side(bench, up[one.deployment], one) for one in (turn.cell, reference))
    return duet.play(
        bench.client,
        row,
        other,
        rate=turn.rate,
        seconds=turn.seconds,
        number=turn.number,
        cores=bench.cores,
        idle=turn.idle,
    )


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
    if not costs:
        return None
    rate = median(sample.result.requests_per_second for sample in samples)
    return Known(requests_per_second=rate, cpu_s=median(costs)) if rate else None


def _costs(samples: Sequence[Sample]) -> Iterator[float]:
    for sample in samples:
        used = [spent for spent in sample.steady_cpu_s.values() if spent is not None]
        if sample.result.steady_requests and len(used) == len(sample.steady_cpu_s):
            yield sum(used) / sample.result.steady_requests

"""`lab selftest`: the lab measures what it has sabotaged itself, and says whether it noticed."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from lab import folders, plan
from lab.catalog import Catalog, load_catalog, project_root
from lab.commands import bench
from lab.commands.reports import Outcome
from lab.errors import InvalidFile, UsageError
from lab.figures.numbers import listing
from lab.folders import RESULTS
from lab.host.say import Say
from lab.measure.hog import Hog
from lab.measure.progress import Observer
from lab.model import Budget, Cell, Deployment, Machine, Run
from lab.plan import PlanOptions
from lab.results import integrity, selftest
from lab.results.selftest import SelftestLine
from lab.store import SAMPLES, RunFolder, write_atomically

FOLDER = "selftest"
STATE = Path(RESULTS) / "selftest.json"
ROUNDS = 2
WITHIN_S = 600.0
"""Of one pass, the parts that are measured once more because they could not judge included."""
ALIKE, SABOTAGE, HOG = PARTS = ("alike", "sabotage", "hog")
"""Each a run of its own, and the table of that name."""
TAKES_S: Mapping[str, float] = {ALIKE: 180.0, SABOTAGE: 90.0, HOG: 65.0}
"""About, on two cores."""
DUETS_S: Mapping[str, float] = {ALIKE: 60.0, SABOTAGE: 0.0, HOG: 20.0}
"""Of each pair of a part."""
LEFT_ALONE = ("one", "two")
COPY, SLOWER = "two", "slower"
NO_HOG = "no-hog"
AMBIENT: Mapping[str, str] = {"WRONG_EVERY": "1"}
"""If it reached a container, every answer of it would be wrong."""

Watch = Callable[[Run], AbstractContextManager[Observer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SelftestState:
    """How far a selftest has come: whatever is in `done`, by pass and part, is not measured again."""

    passes: int
    done: dict[str, tuple[SelftestLine, ...]]

    @property
    def lines(self) -> list[SelftestLine]:
        """All that was found so far."""
        return [line for lines in self.done.values() for line in lines]

    @property
    def missing(self) -> list[tuple[int, str]]:
        """Passes and parts that are still to be measured."""
        return [(n, part) for n in range(self.passes) for part in PARTS if _key(n, part) not in self.done]


_STATE: TypeAdapter[SelftestState] = TypeAdapter(SelftestState)


def _key(number: int, part: str) -> str:
    return f"{number + 1}/{part}"


def begin(root: Path, *, passes: int) -> SelftestState:
    """A selftest of which nothing is done yet; it takes the place of one that was interrupted."""
    return _keep(root, SelftestState(passes=passes, done={}))


def resume(root: Path) -> SelftestState:
    """One that was interrupted. Raises UsageError if there is none, InvalidFile if it cannot be read."""
    path = root / STATE
    if not path.is_file():
        raise UsageError("there is no selftest to go on with", where=str(path), fix="lab selftest --full")
    try:
        return _STATE.validate_json(path.read_bytes())
    except ValidationError as error:
        raise InvalidFile([f"{path}: is not the state of a selftest: {error.errors()[0]['msg']}"]) from None


def _keep(root: Path, state: SelftestState) -> SelftestState:
    path = root / STATE
    path.parent.mkdir(exist_ok=True)
    write_atomically(path, _STATE.dump_json(state, indent=1).decode() + "\n")
    return state


def catalogue() -> Catalog:
    """What the selftest measures; its runs go where all others go. Raises UsageError where it is not there."""
    home = project_root()
    if not (home / FOLDER).is_dir():
        raise UsageError("there is nothing to test with", where=str(home / FOLDER), fix="use a whole clone of the lab")
    return replace(load_catalog(home / FOLDER), root=folders.results_root(), home=home)


def carry_out(
    state: SelftestState, *, machine: Machine, budget: Budget, watch: Watch, wait_s: float, say: Say
) -> SelftestState:
    """Measure what is missing, and keep it part by part. Raises what `bench.carry_out` raises."""
    catalog = catalogue()

    def measure(part: str) -> tuple[SelftestLine, ...]:
        return _part(catalog, part, machine=machine, budget=budget, watch=watch, wait_s=wait_s, say=say)

    pass_, began_s = -1, 0.0
    for number, part in state.missing:
        if number != pass_:
            pass_, began_s = number, time.monotonic()
        lines = judged(part, measure=measure, until_s=began_s + WITHIN_S, say=say)
        state = _keep(catalog.root, replace(state, done={**state.done, _key(number, part): lines}))
    return state


def judged(
    part: str,
    *,
    measure: Callable[[str], tuple[SelftestLine, ...]],
    until_s: float,
    say: Say,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[SelftestLine, ...]:
    """What became of a part's rows; one that cannot judge is measured again while that and what follows have time."""
    lines = measure(part)
    needed_s = TAKES_S[part] + sum(TAKES_S[later] for later in PARTS[PARTS.index(part) + 1 :])
    while unsure := [line.name for line in lines if line.ending == "too noisy"]:
        if clock() + needed_s > until_s:
            break
        say(f"too noisy to judge: {listing(unsure)}; measured once more")
        lines = selftest.retried(lines, measure(part))
    return lines


def _part(
    catalog: Catalog, part: str, *, machine: Machine, budget: Budget, watch: Watch, wait_s: float, say: Say
) -> tuple[SelftestLine, ...]:
    """Measure one table and say what became of its rows."""
    cells = plan.from_tables(catalog, [catalog.table(part)], options=PlanOptions(), nofile=machine.nofile_hard)
    run, folder = bench.start(catalog, cells, machine=machine, budget=budget, rounds=ROUNDS, duet_s=DUETS_S[part])
    with watch(run) as watcher, _circumstances(part, watcher, budget) as observer:
        done = bench.carry_out(catalog, run, folder, observer=observer, wait_s=wait_s, say=say)
    if part == ALIKE:
        return tuple(_alike(done))
    lines = [*selftest.sabotaged(done.results, RunFolder(path=done.folder).samples()[0])]
    if part == HOG:
        lines.append(selftest.disturbed(done.results, HOG, alone=NO_HOG))
    return tuple(lines)


def _alike(done: Outcome) -> Iterator[SelftestLine]:
    duets = {result.cell.row: result.duet for result in done.results.cells}
    yield selftest.left_alone(done.results, LEFT_ALONE)
    yield selftest.alike(duets.get(COPY))
    yield selftest.slower(duets.get(SLOWER))
    yield selftest.ambient(done.results, AMBIENT)
    yield edited(RunFolder(path=done.folder))


@contextmanager
def _ambient() -> Iterator[None]:
    """Variables in the user's shell that the Compose file reads as well."""
    before = {name: os.environ.get(name) for name in AMBIENT}
    os.environ.update(AMBIENT)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _circumstances(part: str, watcher: Observer, budget: Budget) -> Iterator[Observer]:
    """What is sabotaged from outside of the stacks while a part is measured, and whom its steps are told."""
    if part == ALIKE:
        with _ambient():
            yield watcher
    elif part == HOG:
        hog = Hog(budget)
        try:
            yield Hogging(watcher, hog)
        finally:
            hog.end()
    else:
        yield watcher


class Hogging(Observer):
    """Tells another observer all that it is told, and lets a hog run while rounds and duets of its row are measured."""

    def __init__(self, told: Observer, hog: Hog) -> None:
        self._told, self._hog = told, hog

    def building(self, image: str) -> None:
        self._told.building(image)

    def starting(self, deployment: Deployment) -> None:
        self._told.starting(deployment)

    def measuring(self, cell: Cell, number: int) -> None:
        self._told.measuring(cell, number)
        if cell.row == HOG:
            self._hog.begin()

    def measured(self, cell: Cell, number: int) -> None:
        self._hog.end()
        self._told.measured(cell, number)

    def void(self, cell: Cell, number: int, why: str) -> None:
        self._told.void(cell, number, why)

    def dueting(self, cell: Cell, reference: Cell, rate: float) -> None:
        self._told.dueting(cell, reference, rate)
        if cell.row == HOG:
            self._hog.begin()

    def void_turn(self, cell: Cell, reference: Cell, why: str) -> None:
        self._told.void_turn(cell, reference, why)

    def stopping(self) -> None:
        self._hog.end()
        self._told.stopping()

    def reporting(self) -> None:
        self._told.reporting()

    def warn(self, message: str) -> None:
        self._told.warn(message)


def edited(folder: RunFolder) -> SelftestLine:
    """Change one digit of a figure in a copy of a run, and ask whether it is as the lab wrote it."""
    with tempfile.TemporaryDirectory(prefix="lab-selftest-") as place:
        copy = Path(shutil.copytree(folder.path, Path(place) / folder.path.name))
        journal = copy / SAMPLES
        content = journal.read_text("utf-8")
        at = content.index('"requests":') + len('"requests":')
        digit = "9" if content[at] != "9" else "8"
        journal.write_text(content[:at] + digit + content[at + 1 :], encoding="utf-8")
        found = [*map(str, integrity.edits(RunFolder(path=copy)))]
    done = "one digit of a sample, in a copy"
    return SelftestLine(
        name="edited results", done=done, said="; ".join(found) or "nothing", ending="caught" if found else "missed"
    )

"""A benchmark from the wish to the report: turn → build → measure → summarise → write."""

import platform
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lab import __version__, store
from lab.catalog import Catalog
from lab.commands import reports
from lab.commands.reports import Outcome
from lab.deploy import building
from lab.deploy.workplace import workplace
from lab.engine import bridge, probe
from lab.errors import Interrupted, LabError
from lab.host import session
from lab.host.budget import of_tables
from lab.measure import runner
from lab.measure.clock import Clock
from lab.measure.progress import Observer
from lab.measure.runner import Bench
from lab.model import Budget, Cell, Machine, Pins, Run
from lab.store import Journal, RunFolder

WARMUP_S = 1.0

Say = Callable[[str], None]


def start(
    catalog: Catalog,
    cells: tuple[Cell, ...],
    *,
    machine: Machine,
    budget: Budget,
    rounds: int,
    exact: bool = False,
) -> tuple[Run, RunFolder]:
    """A new run, planned and not begun: its folder and its record.

    Tables that say where stack and load sit get a budget of their own; `exact` refuses one that is scaled down.
    """
    tables = [catalog.tables[name] for name in dict.fromkeys(cell.table for cell in cells) if name in catalog.tables]
    budgets = of_tables(machine, tables, wish=budget, exact=exact)
    engine = probe.require()
    identity, folder = store.create(catalog.root)
    revision, dirty = git_state(catalog.root)
    run = Run(
        id=identity,
        started_at=store.now(),
        command=session.command_line(),
        lab_version=__version__,
        git_revision=revision,
        git_dirty=dirty,
        host=machine,
        budget=budget,
        engine={
            **engine.summary(),
            "bridge_filter": {True: "on", False: "off", None: "absent"}[bridge.filtering()],
            "python": platform.python_version(),
        },
        rounds=rounds,
        warmup_s=WARMUP_S,
        cells=cells,
        titles={table.name: table.title for table in tables},
        budgets=budgets,
    )
    folder.write_run(run)
    return run, folder


def carry_out(catalog: Catalog, run: Run, folder: RunFolder, *, observer: Observer, wait_s: float, say: Say) -> Outcome:
    """Measure what is missing of a run and write its reports.

    Raises HostBusy, EngineUnavailable, and Interrupted after Ctrl-C: what was started is gone by then, and the
    samples so far are kept.
    """
    samples, damage = folder.samples()
    if damage:
        say(damage)
        folder.repair(samples)
    clock = Clock(run.phases_s)
    journal = Journal(folder, run)
    with _resumable(run, folder):
        with workplace(wait_s=wait_s, say=say) as place:
            with clock.phase("build"):
                unbuilt = _build(catalog, run, observer)
            bench = Bench(
                catalog=catalog,
                journal=journal,
                client=place.client,
                session=place.session,
                clock=clock,
                observer=observer,
                unbuilt=unbuilt,
            )
            runner.measure(bench)
            journal.finish(phases_s=clock.phases())
        observer.reporting()
        return reports.write(journal.run, folder, say=say)


def _build(catalog: Catalog, run: Run, observer: Observer) -> dict[tuple[str, Pins], str]:
    """Build all images at once; where that fails, each stack's alone, so that one bad stack costs its own rows only.

    Returns why, by stack and pins. Raises LabError if nothing at all can be built.
    """
    wanted = dict.fromkeys((cell.deployment.stack, cell.deployment.pins) for cell in run.cells)
    try:
        stacks, pins = zip(*wanted, strict=True)
        building.bake(catalog, stacks, pins=sorted(set(pins)), say=observer.building)
    except LabError as together:
        unbuilt = {}
        for stack, choice in wanted:
            try:
                building.bake(catalog, [stack], pins=[choice], say=observer.building)
            except LabError as alone:
                observer.warn(f"{stack}, {choice} pins: {alone}")
                unbuilt[stack, choice] = alone.what
        if len(unbuilt) == len(wanted):
            raise together from None
        return unbuilt
    return {}


@contextmanager
def _resumable(run: Run, folder: RunFolder) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        samples, _ = folder.samples()
        raise Interrupted(
            f"interrupted: {len(samples)} samples are kept, nothing is left running",
            where=str(folder.path),
            fix=f"lab bench --resume {run.id}",
        ) from None


def git_state(root: Path) -> tuple[str | None, bool | None]:
    """The revision of the project and whether it has changes; None for both outside a checkout."""
    try:
        revision = _git(root, "rev-parse", "HEAD")
        return revision, bool(_git(root, "status", "--porcelain"))
    except LabError:
        return None, None


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise LabError("git does not answer", where=str(error)) from None
    return done.stdout.strip()

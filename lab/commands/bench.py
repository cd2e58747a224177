"""A benchmark from the wish to the report: turn → build → measure → summarise → write."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from lab import store
from lab.catalog import Catalog
from lab.commands import reports, surroundings
from lab.commands.reports import Outcome
from lab.deploy import building
from lab.deploy.workplace import Workplace, workplace
from lab.engine import environment
from lab.errors import Interrupted, LabError, UsageError
from lab.host import power, session
from lab.host.budget import of_tables
from lab.host.say import Say
from lab.journal import Journal
from lab.measure import ceiling, cores, credentials, runner
from lab.measure.clock import Clock
from lab.measure.progress import Observer
from lab.measure.runner import Bench
from lab.model import Budget, Cell, Machine, Pins, Run
from lab.results import integrity
from lab.store import RunFolder

WARMUP_S = 3.0
"""At most: a second more where two agree at once, as of all stacks without a JIT."""


def start(
    catalog: Catalog,
    cells: tuple[Cell, ...],
    *,
    machine: Machine,
    budget: Budget,
    rounds: int,
    duet_s: float = 0.0,
    idle: bool = False,
    exact: bool = False,
) -> tuple[Run, RunFolder]:
    """A new run, planned and not begun: its folder and its record.

    Tables that say where stack and load sit get a budget of their own; `exact` refuses one that is scaled down.
    """
    _require_rows(cells)
    credentials.require(catalog.workloads[name] for name in dict.fromkeys(cell.workload for cell in cells))
    tables = [catalog.tables[name] for name in dict.fromkeys(cell.table for cell in cells) if name in catalog.tables]
    budgets = of_tables(machine, tables, wish=budget, exact=exact)
    now = surroundings.look(catalog.root, machine)
    identity, folder = store.create(catalog.root)
    run = Run(
        id=identity,
        started_at=store.now(),
        command=session.command_line(),
        lab_version=now.lab_version,
        git_revision=now.git_revision,
        git_dirty=now.git_dirty,
        host=machine,
        budget=budget,
        engine=now.engine,
        tools=now.tools,
        rounds=rounds,
        duet_s=duet_s,
        duet_idle=idle,
        warmup_s=WARMUP_S,
        cells=cells,
        environment=environment.recorded(),
        titles={table.name: table.title for table in tables},
        citations={table.name: table.source for table in tables},
        budgets=budgets,
    )
    folder.write_run(run)
    return run, folder


def _require_rows(cells: Sequence[Cell]) -> None:
    if not cells:
        raise UsageError(
            "there is no row to run: the kept ones belong to stacks that the lab does not have",
            where="experiments/",
            fix="lab audit experiments/TABLE.yaml says what their figures can mean",
        )


def resume(catalog: Catalog, folder: RunFolder, *, machine: Machine, anyway: bool) -> Run:
    """A run that was interrupted, if the project, the host and the engine are as they were.

    Raises UsageError that names what has changed; `anyway` notes it in the run instead. Raises EditedRun for one whose
    files are not as they were written, which no `anyway` mends.
    """
    integrity.require_unedited(folder)
    run = folder.read_run()
    found = surroundings.changes(run, surroundings.look(catalog.root, machine))
    _require_unchanged(folder, found, anyway=anyway)
    return replace(run, resumed_anyway=tuple(dict.fromkeys([*run.resumed_anyway, *found])))


def _require_unchanged(folder: RunFolder, found: Sequence[str], *, anyway: bool) -> None:
    if found and not anyway:
        raise UsageError(
            f"run {folder.path.name} cannot go on: its samples would not belong together",
            where="\n    ".join(["changed since it began", *found]),
            fix=(
                f"start a new run; or lab bench --resume {store.spelt(folder.path)} --anyway, which every report of it "
                "will mention"
            ),
        )


def carry_out(
    catalog: Catalog,
    run: Run,
    folder: RunFolder,
    *,
    observer: Observer,
    wait_s: float,
    say: Say,
    anyway: bool = False,
) -> Outcome:
    """Measure what is missing of a run and write its reports.

    Raises HostBusy, EngineUnavailable, and Interrupted after Ctrl-C: what was started is gone by then, and the
    samples so far are kept. UsageError for a run whose images have changed, unless it goes on `anyway`.
    """
    _, damage = folder.samples()
    if damage:
        say(damage)
    folder.repair()
    integrity.forget(folder)
    unsteady = power.unsteady()
    for why in unsteady:
        observer.warn(f"this host's clock may change while it measures: {why}")
    run = replace(run, unsteady=tuple(dict.fromkeys([*run.unsteady, *unsteady])))
    clock = Clock(run.phases_s)
    journal = Journal(folder, run, phases_s=clock.phases)
    with _resumable(folder):
        try:
            with workplace(wait_s=wait_s, say=say) as place:
                _measure(catalog, journal, place, clock=clock, observer=observer, anyway=anyway)
                journal.finish()
        finally:
            journal.keep_time()
        observer.reporting()
        return reports.write(journal.run, folder, say=say)


def _measure(
    catalog: Catalog, journal: Journal, place: Workplace, *, clock: Clock, observer: Observer, anyway: bool
) -> None:
    """Build, make sure that a resumed run still has its images, and measure what is missing."""
    run = journal.run
    with clock.phase("build"):
        unbuilt = _build(catalog, run, observer)
        images = building.image_ids(
            catalog, [facts.deployment for facts in run.deployments if facts.images], place.client
        )
        found = surroundings.image_changes(run, images)
        _require_unchanged(journal.folder, found, anyway=anyway)
        journal.add_changes(found)
    with clock.phase("load"):
        most = ceiling.require(
            place.client, run.cells, session=place.session.id, budget=run.budget, anyway=anyway or bool(run.deployments)
        )
    if most is not None:
        journal.add_ceiling(most)
    bench = Bench(
        catalog=catalog,
        journal=journal,
        client=place.client,
        session=place.session,
        clock=clock,
        observer=observer,
        cores=cores.unwatched(run.budget),
        unbuilt=unbuilt,
    )
    runner.measure(bench)


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
def _resumable(folder: RunFolder) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        samples, _ = folder.samples()
        raise Interrupted(
            f"interrupted: {len(samples)} samples are kept, nothing is left running",
            where=str(folder.path),
            fix=f"lab bench --resume {store.spelt(folder.path)}",
        ) from None

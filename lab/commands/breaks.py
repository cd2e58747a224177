"""`lab break`: which faults of which stacks, one after the other, each on a stack of its own; what is kept of them."""

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from lab import folders, store
from lab.catalog import Catalog
from lab.commands import surroundings
from lab.deploy.workplace import workplace
from lab.errors import EngineUnavailable, Interrupted, LabError, UnknownName, UsageError
from lab.faults import breaking, kinds, told
from lab.faults.attack import BreakTask
from lab.faults.breaking import Scene
from lab.faults.folder import KEPT, TABLE, BreakFolder
from lab.faults.record import BreakPlan, BreakRun, PlannedBreak
from lab.host import budget as budgets
from lab.host import session
from lab.host.say import Say
from lab.model import Machine
from lab.orders import checking

BESIDE_S = 30.0
"""What a break takes beside its load: to start the stack, to get right again, to finish all orders, to take it down."""


def one(catalog: Catalog, target: str, fault: str, *, plan: BreakPlan, for_given: bool) -> list[BreakTask]:
    """The task of one fault. Raises UnknownName, UsageError for a fault that the stack cannot have."""
    deployment = checking.deployment_of(catalog, target, pins="current", settings={})
    chosen = kinds.choose(fault, breaking.ground(catalog, catalog.stack(deployment.stack)))
    breaking.require_lasting(chosen, for_s=plan.for_s if for_given else None)
    return [BreakTask(deployment=deployment, chosen=chosen, plan=plan)]


def every(catalog: Catalog, targets: Sequence[str], *, plan: BreakPlan) -> list[BreakTask]:
    """All faults of these stacks, or of all that take orders: a table's cells, fault by fault."""
    named = targets or [stack.name for stack in breaking.services(catalog)]
    deployments = [checking.deployment_of(catalog, name, pins="current", settings={}) for name in named]
    tasks = [
        BreakTask(deployment=deployment, chosen=chosen, plan=plan)
        for deployment in deployments
        for chosen in kinds.usual(breaking.ground(catalog, catalog.stack(deployment.stack)))
    ]
    order = [*kinds.FAULTS]
    return sorted(tasks, key=lambda task: order.index(task.chosen.fault.name))


def without_fault(target: str | None) -> UsageError:
    """The error that says which faults there are."""
    stack = target or "STACK"
    return UsageError(
        "say what to break, and how",
        where=f"faults: {', '.join(kinds.FAULTS)}; of one tier: killed:postgres",
        fix=f"lab break {stack} killed, or lab break {stack} --all".replace("STACK --all", "--all"),
    )


def resumed(catalog: Catalog, name: str) -> tuple[BreakRun, BreakFolder, list[BreakTask]]:
    """A run that was interrupted, and what is left of it. Raises UnknownName, UsageError if nothing is."""
    path = folders.place(catalog.root, name, KEPT)
    if path is None:
        if other := folders.place(catalog.root, name, folders.RUN):
            raise UsageError(
                f"{name} is no run of lab break",
                where=str(other / folders.RUN),
                fix=f"lab bench --resume {shlex.quote(name)}; runs of lab break: lab list runs",
            )
        raise UnknownName("run of lab break", name, known=folders.breaks(catalog.root))
    folder = BreakFolder(path=path)
    run = folder.read()
    if not run.left:
        raise UsageError("all that it planned is done", where=str(path), fix="lab break --all begins anew")
    tasks = [one(catalog, left.target, left.fault, plan=left.plan, for_given=False)[0] for left in run.left]
    return replace(run, failures={}, finished_at=None), folder, tasks


def begun(catalog: Catalog, tasks: Sequence[BreakTask], machine: Machine) -> tuple[BreakRun, BreakFolder]:
    """A new run in a folder of its own, with what it is to do."""
    now = surroundings.look(catalog.root, machine)
    identity, folder = store.create(catalog.root)
    planned = [PlannedBreak(target=t.deployment.name, fault=t.chosen.label, plan=t.plan) for t in tasks]
    run = BreakRun(
        id=identity,
        started_at=store.now(),
        command=session.command_line(),
        lab_version=now.lab_version,
        git_revision=now.git_revision,
        git_dirty=now.git_dirty,
        host=machine,
        engine=now.engine,
        tools=now.tools,
        budget=budgets.plan(machine),
        planned=tuple(planned),
    )
    return run, BreakFolder(path=folder.path)


def expected_s(tasks: Sequence[BreakTask]) -> float:
    """Seconds that they take on a quiet machine, about."""
    return sum(BESIDE_S + task.plan.at_s + task.plan.for_s * task.chosen.fault.lasts for task in tasks)


def carry_out(
    catalog: Catalog, run: BreakRun, folder: BreakFolder, tasks: Sequence[BreakTask], *, wait_s: float, say: Say
) -> BreakRun:
    """Make the breaks one after the other; what is known by then is kept after each.

    A single one raises what it ends with; of several each that cannot be made is noted, and the others go on.
    Raises HostBusy, EngineUnavailable, Interrupted.
    """
    several = len(run.planned) > 1
    if several:
        say(f"{len(tasks)} breaks, about {max(expected_s(tasks) / 60, 1):.0f} min; each is kept as soon as it is done")
    with _resumable(folder), workplace(wait_s=wait_s, say=say) as work:
        scene = Scene(catalog=catalog, work=work, machine=run.host, budget=run.budget, folder=folder.path, say=say)
        folder.write(run, told.markdown(run))
        for number, task in enumerate(tasks, 1):
            if several:
                say(f"{number} of {len(tasks)}: {task.deployment.name}, {task.chosen.words}")
            try:
                made, course = breaking.carry_out(scene, task)
            except EngineUnavailable:
                raise
            except LabError as error:
                if not several:
                    raise
                say(str(error))
                failures = {**run.failures, f"{task.deployment.name} {task.chosen.label}": error.what}
                run = replace(run, failures=failures)
            else:
                run = replace(run, breaks=(*run.breaks, made))
                folder.write_requests(made, course.outcomes)
            folder.write(run, told.markdown(run))
        run = replace(run, finished_at=store.now())
        folder.write(run, told.markdown(run))
    return run


@contextmanager
def _resumable(folder: BreakFolder) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        if not (folder.path / KEPT).is_file():
            raise Interrupted(
                "interrupted before anything was started: nothing is kept", fix="the same again"
            ) from None
        run = folder.read()
        raise Interrupted(
            f"interrupted: {len(run.breaks)} of {len(run.planned)} breaks are kept, nothing is left running",
            where=str(folder.path / TABLE),
            fix=f"lab break --resume {folder.path.name}",
        ) from None

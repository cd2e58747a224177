"""`lab break`: which faults of which stacks, one after the other, each on a stack of its own; what is kept of them."""

from collections.abc import Sequence
from dataclasses import replace

from lab import store
from lab.catalog import Catalog
from lab.commands import surroundings
from lab.deploy.workplace import workplace
from lab.errors import EngineUnavailable, LabError, UsageError
from lab.faults import breaking, kinds, told
from lab.faults.attack import BreakTask
from lab.faults.breaking import Scene
from lab.faults.folder import BreakFolder
from lab.faults.record import BreakPlan, BreakRun
from lab.host import budget as budgets
from lab.host import session
from lab.host.say import Say
from lab.model import Machine
from lab.orders import checking


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


def carry_out(
    catalog: Catalog, tasks: Sequence[BreakTask], *, machine: Machine, wait_s: float, say: Say
) -> tuple[BreakRun, BreakFolder]:
    """Make the breaks one after the other; what is known by then is kept after each.

    A single one raises what it ends with; of several each that cannot be made is noted, and the others go on.
    Raises HostBusy, EngineUnavailable.
    """
    run, folder = _begun(catalog, machine)
    with workplace(wait_s=wait_s, say=say) as work:
        scene = Scene(catalog=catalog, work=work, machine=machine, budget=run.budget, folder=folder.path, say=say)
        for number, task in enumerate(tasks, 1):
            if len(tasks) > 1:
                say(f"{number} of {len(tasks)}: {task.deployment.name}, {task.chosen.words}")
            try:
                made, course = breaking.carry_out(scene, task)
            except EngineUnavailable:
                raise
            except LabError as error:
                if len(tasks) == 1:
                    raise
                say(str(error))
                failures = {**run.failures, f"{task.deployment.name} {task.chosen.label}": error.what}
                run = replace(run, failures=failures)
            else:
                run = replace(run, breaks=(*run.breaks, made))
                folder.write_requests(made, course.outcomes)
            folder.write(run, told.markdown(run))
    return run, folder


def _begun(catalog: Catalog, machine: Machine) -> tuple[BreakRun, BreakFolder]:
    now = surroundings.look(catalog.root, machine)
    identity, folder = store.create(catalog.root)
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
    )
    return run, BreakFolder(path=folder.path)

"""`lab break`."""

import secrets
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from lab.catalog import places
from lab.cli import output, typed
from lab.cli.options import Json, Wait, complete_targets
from lab.errors import BrokenPromise, LabError
from lab.host.machine import probe

if TYPE_CHECKING:
    from lab.catalog import Catalog
    from lab.faults.attack import BreakTask
    from lab.faults.record import Break, BreakPlan, BreakRun

AT_S, FOR_S = 5.0, 5.0
RATE = 40.0
"""Requests a second: little enough that every service stack serves it idly on one core."""

OptionalTarget = Annotated[
    str | None,
    typer.Argument(metavar="STACK[@VARIANT]", help="One that takes orders.", autocompletion=complete_targets),
]
FaultName = Annotated[
    str | None,
    typer.Argument(
        metavar="FAULT[:TIER]",
        help="killed, paused, cut-off, slow, emptied, disk-full, memory-full or reloaded; killed:postgres says whom.",
    ),
]
Everything = Annotated[
    bool, typer.Option("--all", envvar="LAB_ALL", help="All faults, of one stack or of all that take orders.")
]
At = Annotated[float, typer.Option("--at", envvar="LAB_AT", min=1, max=600, help="Seconds of load before the fault.")]
For = Annotated[
    float, typer.Option("--for", envvar="LAB_FOR", min=0.5, max=600, help="Seconds until the fault is undone.")
]
Rate = Annotated[
    float, typer.Option("--rate", envvar="LAB_RATE", min=1, max=1000, help="Requests a second that users send.")
]
Resume = Annotated[
    str | None,
    typer.Option("--resume", envvar="LAB_RESUME", metavar="RUN", help="Go on with a run that was interrupted."),
]
Seed = Annotated[int | None, typer.Option("--seed", envvar="LAB_SEED", min=0, help="Decides what is asked, and when.")]


def command(
    context: typer.Context,
    target: OptionalTarget = None,
    fault: FaultName = None,
    *,
    everything: Everything = False,
    at: At = AT_S,
    for_: For = FOR_S,
    rate: Rate = RATE,
    seed: Seed = None,
    resume: Resume = None,
    wait: Wait = 10,
    json: Json = False,
) -> None:
    """Let something happen to a tier while users ask; say what they saw, and whether every promise held."""
    from lab.commands import breaks

    if resume and "resume" in typed.preferred(context, "target", "everything", "resume"):
        typed.refuse_all_but(context, ("resume", "wait", "json"), because="a run that is resumed has its own plan")
        catalog = places.built_in([], command="break")
        run, folder, tasks = breaks.resumed(catalog, resume)
    else:
        plan = _plan(at=at, for_=for_, rate=rate, seed=seed)
        catalog = places.built_in([target] if target else [], command="break")
        tasks = _tasks(context, catalog, target, fault, everything=everything, plan=plan)
        run, folder = breaks.begun(catalog, tasks, probe())
    run = breaks.carry_out(catalog, run, folder, tasks, wait_s=wait, say=output.say)
    if json:
        output.print_json(asdict(run))
    elif len(run.planned) == 1:
        _print(run.breaks[0])
    else:
        output.stdout().print(folder.table, markup=False, soft_wrap=True)
    output.say(f"everything is in {folder.path}")
    _judge(run)


def _plan(*, at: float, for_: float, rate: float, seed: int | None) -> "BreakPlan":
    from lab.faults.record import BreakPlan

    return BreakPlan(at_s=at, for_s=for_, rate=rate, seed=secrets.randbelow(10**6) if seed is None else seed)


def _tasks(
    context: typer.Context,
    catalog: "Catalog",
    target: str | None,
    fault: str | None,
    *,
    everything: bool,
    plan: "BreakPlan",
) -> "list[BreakTask]":
    """What is to be broken. Raises UsageError where nothing was said of that."""
    from lab.commands import breaks

    if fault is not None and target is not None:
        typed.refuse(context, "everything", because="a fault is named")
        return breaks.one(catalog, target, fault, plan=plan, for_given=typed.was_typed(context, "for_"))
    if everything:
        return breaks.every(catalog, [target] if target else [], plan=plan)
    raise breaks.without_fault(target)


def _print(made: "Break") -> None:
    from lab.faults import told

    output.print_table(("", ""), told.summary(made))
    output.print_table(told.HEADER, told.phases(made))
    output.print_table(told.BY_SECOND, told.by_second(made))
    output.print_table(("", "promise", ""), told.promised(made))


def _judge(run: "BreakRun") -> None:
    """Raise BrokenPromise for what was not kept, LabError for what could not be done."""
    from lab.faults import folder

    if found := folder.broken(run.breaks):
        raise BrokenPromise(
            f"{len(found)} promises were not kept" if len(found) > 1 else "a promise was not kept",
            where="\n    ".join(found),
            fix="the same again: --seed as above; lab logs, if you bring the stack up",
        )
    if run.failures:
        told = "\n    ".join(f"{name}: {why}" for name, why in run.failures.items())
        raise LabError(f"{len(run.failures)} faults could not be done", where=told)

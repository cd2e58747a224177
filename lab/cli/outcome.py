"""How what measures ends: a screen of the report on stdout, where the files are on stderr, the exit code."""

from collections.abc import Mapping

from lab import store
from lab.cli import output, until
from lab.commands.reports import Outcome
from lab.errors import Inconclusive, LabError
from lab.report import brief, table
from lab.report import json as json_report


def show(done: Outcome, *, json: bool, full: bool) -> None:
    """Print a run. Raises LabError if a cell could not be measured, Inconclusive if none can be believed."""
    if json:
        print(json_report.render(done.results))
    elif full:
        table.print_to(output.stdout(), done.results)
    else:
        print(brief.render_width(done.results, width=output.stdout().width), end="")
    output.say(time_spent(done.results.run.phases_s))
    output.say(f"report: {done.folder / 'report.html'}")
    if not (json or full):
        output.say(f"all of it here: lab report {store.spelt(done.folder)}")
    _judge(done)


def time_spent(phases_s: Mapping[str, float]) -> str:
    """Where the wall clock of a run went, and which part of it was load being offered."""
    total = phases_s.get("total", 0.0)
    if not total:
        return "the run is not finished"
    parts = ", ".join(f"{phase} {spent:.0f} s" for phase, spent in phases_s.items() if phase != "total")
    return f"{total:.0f} s; load was offered for {phases_s['load'] / total:.0%} ({parts})"


def _next(done: Outcome) -> str:
    if any(cell.open_loop and cell.open_loop.dropped for cell in done.results.cells):
        return "ask for less with --rate"
    return "make the host quieter, or add --rounds"


def _judge(done: Outcome) -> None:
    run = done.results.run
    failed = [f"{f.deployment.name}: {f.failure}" for f in run.deployments if f.failure]
    failed += [f"{cell}: {why}" for cell, why in run.failures.items()]
    # A stack that failed in one table and came up in the next leaves no failure of its own.
    failed = failed or [f"{result.cell.key}: it has no sample" for result in done.results.cells if not result.rounds]
    if failed:
        raise LabError(f"{len(failed)} of the cells could not be measured", where="\n    ".join(failed))
    if run.until is not None:
        until.conclude(done.results)
        return
    if not any(cell.valid for cell in done.results.cells):
        raise Inconclusive(
            "no cell can be believed",
            where=str(done.folder),
            fix=f"the report gives the reasons; {_next(done)}",
        )

"""`lab explain`."""

from typing import Annotated

import typer

from lab.cli import output
from lab.cli.bench import Connections, Workload
from lab.cli.compare import RunOption
from lab.cli.options import BudgetOptions, Json, complete_targets, read_budget
from lab.errors import InvalidFile

Subject = Annotated[
    str,
    typer.Argument(
        metavar="ROW | STACK[@VARIANT]",
        help="A row of a run or table, or a stack.",
        autocompletion=complete_targets,
    ),
]


def command(
    subject: Subject,
    *,
    run: RunOption = None,
    workload: Workload = None,
    connections: Connections = None,
    json: Json = False,
) -> None:
    """Explain a row: what bounds it, and, if a run has measured it, how near it came and what it cost.

    A row of the newest run (or of --run) is explained from its figures, a row of a table or a stack from the
    bounds that hold on any machine.
    """
    from lab.commands import explain
    from lab.plan import PlanOptions

    options = PlanOptions(workload=workload, connections=connections)
    try:
        stories = explain.measured(subject, run=run, options=options)
    except InvalidFile as error:
        if run is not None:
            raise
        output.say(f"{error}\nthe newest run cannot be read, so this is what is known beforehand")
        stories = {}
    if not stories:
        machine, budget = read_budget(BudgetOptions())
        stories = explain.planned(subject, options=options, machine=machine, budget=budget)
    if json:
        output.print_json(stories)
        return
    for key, sentences in stories.items():
        print(key)
        for sentence in sentences:
            print(f"  {sentence}")

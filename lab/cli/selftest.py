"""`lab selftest`."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from lab.cli import output
from lab.cli.options import Json, Wait
from lab.errors import Inconclusive, LabError, UsageError

if TYPE_CHECKING:
    from lab.results.selftest import SelftestLine

PASSES = 5
CPUS, MEMORY = 1, "256m"
"""Of the small server: little memory, so that it is soon used up."""

AllPasses = Annotated[
    bool,
    typer.Option("--full", envvar="LAB_FULL", help=f"Everything {PASSES} times: about 25 minutes. --resume goes on."),
]
GoOn = Annotated[
    bool, typer.Option("--resume", envvar="LAB_RESUME", help="Go on with the last one, which was interrupted.")
]


def command(*, full: AllPasses = False, resume: GoOn = False, wait: Wait = 0, json: Json = False) -> None:
    """Sabotage small measurements in known ways, and say whether the lab notices each of them.

    It takes about five minutes, up to ten where noise makes it look again. Ends with 1 if a sabotage was missed, with 7
    if the host is too noisy to judge.
    """
    from lab import folders
    from lab.cli.options import BudgetOptions, read_budget
    from lab.cli.progress import watching
    from lab.commands import selftest

    if full and resume:
        raise UsageError("--full would have no effect: a selftest that goes on has its own plan", fix="leave it out")
    machine, budget = read_budget(BudgetOptions(cpus=CPUS, memory=MEMORY))
    root = selftest.catalogue().root
    state = selftest.resume(root) if resume else selftest.begin(root, passes=PASSES if full else 1)
    state = selftest.carry_out(state, machine=machine, budget=budget, watch=watching, wait_s=wait, say=output.say)
    if json:
        output.print_json({"passes": state.passes, "lines": [asdict(line) for line in state.lines]})
    else:
        _print(state.lines)
    output.say(f"kept: {root / folders.RESULTS / 'selftest.json'}, and each run in {root / folders.RESULTS}")
    _judge(state.lines)


def _print(lines: Sequence["SelftestLine"]) -> None:
    """A row for each name: of several passes what the worst one said, and how many were well."""
    order = {"missed": 0, "too noisy": 1, "caught": 2}
    rows = []
    for name in dict.fromkeys(line.name for line in lines):
        mine = [line for line in lines if line.name == name]
        worst = min(mine, key=lambda line: order[line.ending])
        well = sum(line.ending == "caught" for line in mine)
        ending = _ENDINGS.get((name, worst.ending), worst.ending)
        rows.append((name, worst.done, worst.said, ending if len(mine) == 1 else f"{ending}, {well} of {len(mine)}"))
    output.print_table(("what", "what was done", "what the lab said", ""), rows)


_ENDINGS = {
    ("A/A", "caught"): "alike",
    ("A/A", "missed"): "called foul",
    ("left alone", "caught"): "in peace",
    ("ambient environment", "caught"): "no effect",
    ("ambient environment", "missed"): "leaked",
}
"""Where *caught* and *missed* are not the words."""


def _judge(lines: Sequence["SelftestLine"]) -> None:
    """Raise LabError if something was missed, Inconclusive if the host is too noisy to tell."""
    found = {ending: [line.name for line in lines if line.ending == ending] for ending in ("missed", "too noisy")}
    if found["missed"]:
        raise LabError(
            f"the lab failed its own test: {', '.join(dict.fromkeys(found['missed']))}",
            fix="believe no figure of this host until it passes; the runs are kept",
        )
    if found["too noisy"]:
        raise Inconclusive(
            f"too noisy to judge: {', '.join(dict.fromkeys(found['too noisy']))}",
            fix="make the host quieter, and run lab selftest again",
        )

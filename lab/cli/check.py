"""`lab check`."""

import secrets
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from lab.catalog import Catalog, places, projects
from lab.cli import output, typed
from lab.cli.options import Json, PinsOption, Settings, Target, Wait, read_settings
from lab.errors import BrokenPromise, Unhealthy
from lab.host.machine import probe
from lab.model import Deployment, Pins, Stack

if TYPE_CHECKING:
    from lab.measure.verify import Answered
    from lab.orders.checking import OrderCheck

DEFAULT_KILLS = 20
MOST_SHOWN = 20
"""Findings in the table: what is printed should fit a screen."""

Orders = Annotated[
    bool,
    typer.Option(
        "--orders",
        envvar="LAB_ORDERS",
        help="Kill services while clients order, then compare what they were told with the database.",
    ),
]
Kills = Annotated[
    int | None,
    typer.Option("--kills", envvar="LAB_KILLS", min=0, help=f"With --orders: how many; {DEFAULT_KILLS} if not given."),
]
Seed = Annotated[
    int | None,
    typer.Option("--seed", envvar="LAB_SEED", help="With --orders: decides which services are killed, and when."),
]


def command(
    context: typer.Context,
    target: Target,
    *,
    orders: Orders = False,
    kills: Kills = None,
    seed: Seed = None,
    pins: PinsOption = "current",
    settings: Settings = None,
    wait: Wait = 10,
    json: Json = False,
) -> None:
    """Ask a stack every request of its contract; one that is not up is brought up and taken down again.

    With --orders: nothing that was acknowledged may be lost or done twice, whatever is killed meanwhile.
    """
    (catalog, (name,)), chosen = places.catalog_of([target]), read_settings(settings)
    if orders:
        again = shlex.join(["lab", "check", target, *typed.options(context, but=("seed",))])
        _check_orders(
            catalog, name, pins=pins, settings=chosen, kills=kills, seed=seed, wait=wait, json=json, again=again
        )
    else:
        again = shlex.join(["lab", "check", target, "--orders", *typed.options(context)])
        typed.refuse(context, "kills", "seed", because="nothing is killed without --orders", fix=again)
        deployment = catalog.deployment(name, pins=pins, settings=chosen)
        _check_contract(catalog, deployment, exactly="@" in name, target=target, wait=wait, json=json)


def _check_contract(
    catalog: Catalog, deployment: Deployment, *, exactly: bool, target: str, wait: float, json: bool
) -> None:
    from lab.commands import check as check_command

    verdicts = check_command.check(catalog, deployment, exactly=exactly, machine=probe(), wait_s=wait, say=output.say)
    if json:
        output.print_json([{"workload": v.workload, "ok": v.ok, "complaint": v.complaint} for v in verdicts])
    else:
        rows = [("ok" if v.ok else "wrong", v.workload, v.complaint or v.shown) for v in verdicts]
        output.print_table(("", "workload", "answer"), rows)
    if wrong := [verdict for verdict in verdicts if not verdict.ok]:
        raise Unhealthy(
            f"{deployment.stack} does not keep its contract: {', '.join(verdict.workload for verdict in wrong)}",
            fix=_after(catalog.stack(deployment.stack), wrong, target=target),
        )


def _after(stack: Stack, wrong: "Sequence[Answered]", *, target: str) -> str:
    """What to type after wrong answers: of somebody's own project they may well be the right ones."""
    from lab.measure import learning

    named = shlex.quote(target)
    look = f"lab up {named}, then lab logs {named}, or lab exec"
    mine = [one.workload for one in wrong if learning.could_be_right(one) and projects.describes(stack, one.workload)]
    if stack.adopted is None or not mine:
        return look
    learn = f"lab adopt {shlex.quote(stack.typed)} --learn"
    return f"if that is the right answer of {', '.join(mine)}: {learn} writes it into {projects.OWN_FILE}. Else {look}"


def _check_orders(
    catalog: Catalog,
    target: str,
    *,
    pins: Pins,
    settings: dict[str, str],
    kills: int | None,
    seed: int | None,
    wait: float,
    json: bool,
    again: str,
) -> None:
    from lab.orders import checking

    outcome = checking.under_fire(
        catalog,
        checking.deployment_of(catalog, target, pins=pins, settings=settings),
        exactly="@" in target,
        machine=probe(),
        count=DEFAULT_KILLS if kills is None else kills,
        seed=secrets.randbelow(10**6) if seed is None else seed,
        wait_s=wait,
        say=output.say,
    )
    if json:
        output.print_json(_as_json(outcome))
    else:
        _print(outcome)
    if found := len(outcome.findings):
        rest = f", the first {MOST_SHOWN} are shown; --json has all" if found > MOST_SHOWN else ""
        raise BrokenPromise(f"{found} findings{rest}", fix=f"the same kills again: {again} --seed {outcome.seed}")


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} × {name}" for name, count in sorted(counts.items())) or "none"


def _print(outcome: "OrderCheck") -> None:
    history, findings = outcome.history, outcome.findings
    rows = [
        ("orders sent", str(len(history.orders))),
        ("acknowledged", str(history.acknowledged)),
        ("refused", str(history.refused)),
        (
            "sent again",
            f"{history.retried}; {history.replayed} of them had been acknowledged by an answer that was lost",
        ),
        ("failed requests", _counts(history.failures)),
        ("kills", _counts(outcome.killed)),
        ("seed", str(outcome.seed)),
        ("verdict", "nothing lost, nothing twice" if not findings else f"wrong: {_counts(outcome.findings_by_kind)}"),
    ]
    output.print_table(("", ""), rows)
    if findings:
        shown = [(f.kind, f.subject, f.detail) for f in findings[:MOST_SHOWN]]
        output.print_table(("finding", "order or item", ""), shown)


def _as_json(outcome: "OrderCheck") -> dict[str, object]:
    history = outcome.history
    return {
        "seed": outcome.seed,
        "sent": len(history.orders),
        "acknowledged": history.acknowledged,
        "refused": history.refused,
        "retried": history.retried,
        "replayed": history.replayed,
        "failures": dict(history.failures),
        "kills": dict(outcome.killed),
        "findings": [asdict(finding) for finding in outcome.findings],
    }

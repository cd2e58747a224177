"""`lab load`."""

from typing import Annotated

import typer

from lab.catalog import places
from lab.cli import typed
from lab.cli.bench import DryRun
from lab.cli.options import (
    ROUNDS,
    BudgetOptions,
    Full,
    Json,
    PinsOption,
    Settings,
    Target,
    Wait,
    read_budget,
    read_settings,
    with_budget,
)
from lab.errors import UsageError
from lab.load import visits as visiting

Locust = Annotated[
    bool, typer.Option("--locust", envvar="LAB_LOCUST", help="Users who make whole visits, with pauses of 1 to 3 s.")
]
Users = Annotated[int, typer.Option("--users", "-u", envvar="LAB_USERS", min=1, help="How many are active at once.")]
SpawnRate = Annotated[
    float, typer.Option("--spawn-rate", "-r", envvar="LAB_SPAWN_RATE", min=0.1, help="How many arrive each second.")
]
Duration = Annotated[
    int,
    typer.Option("--duration", "-d", envvar="LAB_DURATION", min=1, help="Seconds of a round, once all have arrived."),
]
Rounds = Annotated[int, typer.Option("--rounds", envvar="LAB_ROUNDS", min=1, help="Rounds.")]
Web = Annotated[
    bool,
    typer.Option("--web", envvar="LAB_WEB", help="Locust's own page on 127.0.0.1, until Ctrl-C; keeps no figures."),
]
WebPort = Annotated[
    int,
    typer.Option("--web-port", envvar="LAB_WEB_PORT", min=0, max=65535, help="Port of that page; 0 takes a free one."),
]


@with_budget
def command(
    context: typer.Context,
    target: Target,
    *,
    use_locust: Locust = False,
    users: Users = 50,
    spawn_rate: SpawnRate = 10,
    duration: Duration = 12,
    rounds: Rounds = ROUNDS,
    web: Web = False,
    web_port: WebPort = visiting.PAGE_PORT,
    pins: PinsOption = "current",
    settings: Settings = None,
    wish: BudgetOptions,
    dry_run: DryRun = False,
    wait: Wait = 0,
    full: Full = False,
    json: Json = False,
) -> None:
    """Send users through a stack, pausing as people do, and write the report; or watch them on Locust's own page."""
    from lab.cli import forecasting, measuring, output
    from lab.commands import bench, visits

    if not use_locust:
        raise UsageError("say which tool sends them: --locust", fix=f"lab load {target} --locust; for wrk: lab bench")
    _refuse_what_has_no_effect(context, web=web)
    catalog = places.built_in([target], command="load")
    deployment = visits.deployment_of(catalog, target, pins=pins, settings=read_settings(settings))
    machine, budget = read_budget(wish)
    load = visiting.load(
        users=users, users_per_s=spawn_rate, counted_s=duration, processes=min(len(budget.load_cpus), users)
    )
    if web:
        visits.show_page(
            catalog, deployment, load, machine=machine, budget=budget, port=web_port, wait_s=wait, say=output.say
        )
        return
    cells = (visits.cell(catalog, deployment, load),)
    if dry_run:
        typed.refuse(context, "wait", "full", because="--dry-run starts nothing")
        forecasting.tell(catalog, cells, budget.label, rounds=rounds, json=json)
        return
    run, folder = bench.start(catalog, cells, machine=machine, budget=budget, rounds=rounds, exact=wish.exact)
    measuring.carry_out(catalog, run, folder, wait_s=wait, json=json, full=full)


def _refuse_what_has_no_effect(context: typer.Context, *, web: bool) -> None:
    """Raise UsageError for what was typed and does not go with the page, or without it."""
    if web:
        typed.refuse(
            context, "duration", "rounds", "dry_run", "full", "json", because="Locust's own page goes on until Ctrl-C"
        )
    else:
        typed.refuse(context, "web_port", because="it is for --web")

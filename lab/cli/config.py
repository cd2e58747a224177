"""`lab config`."""

from lab import compose, stack_up
from lab.catalog import load_catalog
from lab.cli import output
from lab.cli.options import (
    Colocated,
    Cpus,
    Exact,
    Json,
    Memory,
    PinsOption,
    Settings,
    Target,
    read_budget,
    read_settings,
)
from lab.cli.up import Port


def command(
    target: Target,
    *,
    pins: PinsOption = "current",
    cpus: Cpus = 4,
    memory: Memory = "4g",
    colocated: Colocated = False,
    exact: Exact = False,
    settings: Settings = None,
    port: Port = 8080,
    json: Json = False,
) -> None:
    """Print what `lab up` would run: the stack's Compose file merged with what the lab adds."""
    catalog = load_catalog()
    deployment = catalog.deployment(target, pins=pins, settings=read_settings(settings))
    machine, budget = read_budget(cpus=cpus, memory=memory, colocated=colocated, exact=exact)
    request = stack_up.Request(catalog=catalog, deployment=deployment, machine=machine, budget=budget, port=port)
    project = stack_up.plan(request).project
    if json:
        output.print_json(compose.config(project))
    else:
        print(compose.config_text(project), end="")

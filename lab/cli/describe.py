"""`lab describe`."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated

import typer

from lab import folders
from lab.catalog import Catalog, places
from lab.catalog.own_contract import own_contract
from lab.cli import output, typed
from lab.cli.options import BudgetOptions, Json, Target, read_budget, with_budget
from lab.deploy import tier_words
from lab.host.budget import split_memory
from lab.model import Budget, Stack

OpenAPI = Annotated[
    bool,
    typer.Option("--openapi", envvar="LAB_OPENAPI", help="Print its contract instead: an OpenAPI document in JSON."),
]


@with_budget
def command(
    context: typer.Context,
    target: Target,
    *,
    wish: BudgetOptions,
    json: Json = False,
    openapi: OpenAPI = False,
) -> None:
    """Describe a stack: its tiers, variants and workloads, and its share of this host."""
    catalog, (name,) = places.catalog_of([target])
    deployment = catalog.deployment(name)
    stack = catalog.stack(deployment.stack)
    if openapi:
        typed.refuse(context, *asdict(wish), because="--openapi says nothing of this host")
        output.print_json(own_contract(catalog.home / folders.CONTRACT, stack))
        return
    tier_words.tell(stack, catalog.stacks.values(), say=output.say)
    _, budget = read_budget(wish)
    parts = split_memory(budget.memory_mib, stack.memory)
    if json:
        data = {**asdict(stack), "settings": sorted(stack.settings)}
        output.print_json({**data, "budget": asdict(budget), "memory_mib": parts})
    else:
        _print(catalog, stack, budget, parts)


def _print(catalog: Catalog, stack: Stack, budget: Budget, parts: Mapping[str, int]) -> None:
    """What it is and what it gets, then its tiers, its variants and its workloads."""
    folder = stack.adopted.folder if stack.adopted else catalog.home
    print(f"{stack.title}   ({stack.path.relative_to(folder)})")
    print(f"entry      {stack.entry.service}:{stack.entry.port}")
    print(f"budget     {budget.label}: stack on CPU {_list(budget.stack_cpus)}, load on CPU {_list(budget.load_cpus)}")
    print(f"settings   {', '.join(sorted(stack.settings))}\n")
    output.print_table(
        ("tier", "what", "memory"), [(name, what, f"{parts[name]} MiB") for name, what in stack.tiers.items()]
    )
    print()
    output.print_table(
        ("variant", "settings", "in service at once", "cores it can use"),
        [
            (
                name,
                " ".join(f"{key}={value}" for key, value in settings.items()) or "-",
                " x ".join(stack.slots.get(name, ())) or "any number",
                " x ".join(stack.processes.get(name, ())) or "all",
            )
            for name, settings in stack.variants.items()
        ],
    )
    print()
    workloads = [catalog.workloads[name] for name in stack.workloads]
    output.print_table(
        ("workload", "request", "what it does"),
        [(w.name, w.shown, w.summary) for w in workloads],
    )


def _list(cpus: tuple[int, ...]) -> str:
    return ",".join(map(str, cpus))

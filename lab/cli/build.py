"""`lab build`."""

from typing import Annotated

import typer

from lab.catalog import Catalog, places, require_pins
from lab.cli import output, typed
from lab.cli.options import Json, PinsChoice, Targets, Wait, pins_of
from lab.errors import UsageError

All = Annotated[bool, typer.Option("--all", envvar="LAB_ALL", help="The images of every stack.")]
Pins = Annotated[PinsChoice, typer.Option("--pins", envvar="LAB_PINS", help="Which library versions.")]


def command(
    context: typer.Context,
    stacks: Targets = None,
    *,
    everything: All = False,
    pins: Pins = "both",
    wait: Wait = 0,
    json: Json = False,
) -> None:
    """Build the images of stacks; what has not changed comes from the cache."""
    from lab.deploy import building

    catalog = places.built_in(stacks or (), command="build")
    if not stacks and not everything:
        raise UsageError("no stack is named", fix="lab build STACK, or lab build --all")
    if everything:
        typed.refuse(context, "stacks", because="--all builds every stack")
    names = list(catalog.stacks) if everything else [_named(catalog, name, pins) for name in stacks or ()]
    built = building.build(catalog, names, pins=pins_of(pins), wait_s=wait, say=output.say)
    if json:
        output.print_json({"images": list(built.images), "seconds": round(built.seconds, 1)})
    else:
        print(f"{len(built.images)} images in {built.seconds:.1f} s: {', '.join(built.images)}")


def _named(catalog: Catalog, target: str, pins: PinsChoice) -> str:
    """A stack's name. Raises UnknownName, and UsageError for pins that it does not have; `both` are those it has."""
    stack = catalog.stack(catalog.deployment(target).stack)
    require_pins(stack, () if pins == "both" else (pins,))
    return stack.name

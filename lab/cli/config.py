"""`lab config`."""

from lab.cli import output
from lab.cli.options import BudgetOptions, Json, PinsOption, Settings, Target, read_budget, with_budget
from lab.cli.up import Port, read_request


@with_budget
def command(
    target: Target,
    *,
    pins: PinsOption = "current",
    wish: BudgetOptions,
    settings: Settings = None,
    port: Port = 8080,
    json: Json = False,
) -> None:
    """Print what `lab up` would run: the stack's Compose file merged with what the lab adds."""
    from lab.deploy import compose, stack_up

    host = read_budget(wish)
    project = stack_up.plan(read_request(target, pins=pins, settings=settings, host=host, port=port)).project
    shown = compose.shareable(project)
    if json:
        output.print_json(compose.config(shown))
    else:
        print(compose.config_text(shown), end="")

"""`lab config`."""

from collections.abc import Mapping
from typing import Any

from lab.cli import output
from lab.cli.options import BudgetOptions, Json, PinsOption, Settings, Target, read_budget, with_budget
from lab.cli.up import Port, read_request
from lab.host import seal


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
    from lab.deploy import compose, stack_up, yamltags

    host = read_budget(wish)
    project = stack_up.plan(read_request(target, pins=pins, settings=settings, host=host, port=port)).project
    shown = compose.shareable(project)
    merged = _sealed(compose.config(shown))
    if json:
        output.print_json(merged)
    else:
        print(yamltags.dump({"name": merged["name"], "services": merged["services"], **merged}), end="")


def _sealed(value: Any, name: str = "") -> Any:
    """The same with digests for what is called a secret, and for the user and password inside of an address."""
    if isinstance(value, Mapping):
        return {key: _sealed(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_sealed(inner, name) for inner in value]
    return seal.without_password(name, value) if isinstance(value, str) else value

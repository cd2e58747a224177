"""Options and arguments that several commands share, each declared once, and how their values are read."""

import functools
import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

import typer

from lab import catalog as catalogs
from lab.errors import InvalidFile, UsageError
from lab.host import budget as budgets
from lab.host.machine import probe
from lab.host.seal import seal
from lab.model import Budget, Machine, Pins

PinsChoice = Literal["seed", "current", "both"]
DUET_S = 10.0
"""Of each stack side by side with the cheapest: enough to tell a tenth."""
ROUNDS = 5
"""Of each cell: with fewer, an interval that covers 95% is so wide that little can be told apart."""


def complete_targets(incomplete: str) -> list[str]:
    """For the shell: stacks, and `stack@variant` once the stack is typed."""
    try:
        stacks = catalogs.load_catalog(tables=False).stacks
    except (InvalidFile, UsageError):
        return []
    names = [*stacks, *(f"{stack.name}@{variant}" for stack in stacks.values() for variant in stack.variants)]
    return [name for name in names if name.startswith(incomplete) and ("@" in incomplete or "@" not in name)]


def complete_tables(incomplete: str) -> list[str]:
    """For the shell: the tables of `experiments/`."""
    try:
        return [name for name in catalogs.load_catalog().tables if name.startswith(incomplete)]
    except (InvalidFile, UsageError):
        return []


Target = Annotated[
    str, typer.Argument(metavar="STACK[@VARIANT]", help="See `lab list`.", autocompletion=complete_targets)
]
Targets = Annotated[
    list[str] | None,
    typer.Argument(metavar="[STACK[@VARIANT]]...", help="See `lab list`.", autocompletion=complete_targets),
]
Json = Annotated[bool, typer.Option("--json", envvar="LAB_JSON", help="Print JSON.")]
Full = Annotated[bool, typer.Option("--full", envvar="LAB_FULL", help="Print the whole report, not one screen of it.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", envvar="LAB_DRY_RUN", help="Print the commands that would run, and stop.")
]
PinsOption = Annotated[
    Pins,
    typer.Option("--pins", envvar="LAB_PINS", help="Library versions: those of the articles, or today's."),
]
Cpus = Annotated[int, typer.Option("--cpus", envvar="LAB_CPUS", min=1, help="Cores that the stack should get.")]
Memory = Annotated[
    str, typer.Option("--memory", envvar="LAB_MEMORY", help="Memory that the stack should get: 4g, 512m.")
]
Colocated = Annotated[
    bool,
    typer.Option("--colocated", envvar="LAB_COLOCATED", help="Stack and load share their cores, as on one VM."),
]
Exact = Annotated[
    bool,
    typer.Option("--exact", envvar="LAB_EXACT", help="Refuse to scale down on a host that is too small."),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", envvar="LAB_SET", metavar="KEY=VALUE", help="A setting of the Compose file; repeatable."),
]
Wait = Annotated[
    float, typer.Option("--wait", envvar="LAB_WAIT", min=0, help="Seconds to wait for another lab process.")
]

_SIZE = re.compile(r"(\d+)\s*([kmg]?)(?:i?b)?", re.IGNORECASE)
_MIB = {"k": 1 / 1024, "m": 1, "g": 1024, "": 1 / 2**20}
LEAST_MIB = 64
MOST_CPUS = 512
"""No server of two sockets has more cores."""


def read_memory(text: str) -> int:
    """`4g`, `512m` → MiB. Raises UsageError."""
    match = _SIZE.fullmatch(text.strip())
    mib = int(int(match[1]) * _MIB[match[2].lower()]) if match else 0
    if mib < LEAST_MIB:
        raise UsageError(
            f"{text!r} is not an amount of memory that a stack can run in",
            where="--memory",
            fix=f"write it as 4g or 512m; at least {LEAST_MIB}m",
        )
    return mib


def read_settings(pairs: Iterable[str] | None) -> dict[str, str]:
    """`["K=V"]` → a mapping, secrets sealed. Raises UsageError for what is not a pair."""
    settings = {}
    for pair in pairs or ():
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise UsageError(f"{pair!r} is not a setting", where="--set", fix="write it as KEY=VALUE")
        settings[key] = seal(key, value)
    return settings


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetOptions:
    """What the command line wishes for a stack, and whether less will do."""

    cpus: int = 4
    memory: str = "4g"
    colocated: bool = False
    exact: bool = False


_BUDGET = {"cpus": Cpus, "memory": Memory, "colocated": Colocated, "exact": Exact}
"""A field of the above → its option."""


def with_budget(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the four options of the budget in the place of its parameter `wish`."""
    signature = inspect.signature(command, eval_str=True)
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=_BUDGET[name])
        for name, default in asdict(BudgetOptions()).items()
    ]
    parameters: list[inspect.Parameter] = []
    for parameter in signature.parameters.values():
        parameters += options if parameter.name == "wish" else [parameter]

    @functools.wraps(command)
    def with_options(*arguments: Any, **given: Any) -> None:
        wish = BudgetOptions(**{name: given.pop(name) for name in _BUDGET})
        command(*arguments, wish=wish, **given)

    with_options.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    with_options.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return with_options


def read_budget(wish: BudgetOptions) -> tuple[Machine, Budget]:
    """This machine, and what a stack gets of it. Raises UsageError or HostError."""
    if wish.cpus > MOST_CPUS:
        raise UsageError(
            f"{wish.cpus} cores are more than any machine has that the lab is made for",
            where="--cpus",
            fix=f"at most {MOST_CPUS}: no server of two sockets has more",
        )
    machine = probe()
    budget = budgets.plan(
        machine,
        cpus=wish.cpus,
        memory_mib=read_memory(wish.memory),
        placement="colocated" if wish.colocated else "isolated",
        exact=wish.exact,
    )
    return machine, budget


def this_machine() -> Machine:
    """The host that this process runs on."""
    return probe()


def pins_of(choice: PinsChoice) -> tuple[Pins, ...]:
    """`both` → seed and current, in this order."""
    return ("seed", "current") if choice == "both" else (choice,)

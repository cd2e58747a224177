"""Which options were typed, as against defaults and LAB_* variables: one that was typed in vain is refused.

A variable may be meant for the next command; what stands on the line is meant for this one.
"""

from collections.abc import Collection
from typing import Any

import typer

from lab.errors import UsageError


def refuse(context: typer.Context, *names: str, because: str, fix: str | None = None) -> None:
    """Raise UsageError if any of these parameters was typed; the next step is `fix`, or to leave it out."""
    _raise_for([name for name in names if was_typed(context, name)], context, because, fix)


def refuse_all_but(context: typer.Context, allowed: Collection[str], *, because: str) -> None:
    """Raise UsageError if any parameter but those allowed was typed."""
    names = [name for name in context.params if name not in allowed]
    _raise_for([name for name in names if was_typed(context, name)], context, because)


def preferred(context: typer.Context, *names: str) -> dict[str, Any]:
    """Of parameters that exclude each other those that were typed, or else those that a variable gives."""
    given = {name: context.params[name] for name in names if context.params[name]}
    return {name: value for name, value in given.items() if was_typed(context, name)} or given


def was_said(context: typer.Context, name: str) -> bool:
    """Whether a parameter was typed or is given by a variable."""
    source = context.get_parameter_source(name)
    return source is not None and source.name != "DEFAULT"


def was_typed(context: typer.Context, name: str) -> bool:
    """Whether a parameter stands on the line."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def options(context: typer.Context, *, but: Collection[str] = ()) -> list[str]:
    """The options as they were typed, to be repeated in a command that is advised; without those named in `but`."""
    words: list[str] = []
    for parameter in context.command.params:
        name = parameter.name or ""
        if parameter.param_type_name != "option" or name in but or not was_typed(context, name):
            continue
        option, value = max(parameter.opts, key=len), context.params[name]
        values = value if isinstance(value, list | tuple) else (value,)
        words += [option] if value is True else [word for one in values for word in (option, _spelt(one))]
    return words


def _spelt(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _raise_for(names: list[str], context: typer.Context, because: str, fix: str | None = None) -> None:
    if not names:
        return
    written = {parameter.name: _as_written(parameter.opts, parameter.metavar) for parameter in context.command.params}
    shown = ", ".join(written.get(name, name) for name in names)
    leave_out = f"leave {'it' if len(names) == 1 else 'them'} out"
    raise UsageError(f"{shown} would have no effect: {because}", fix=fix or leave_out)


def _as_written(options: list[str], metavar: str | None) -> str:
    longest = max(options, key=len)
    return longest if longest.startswith("--") else metavar or longest

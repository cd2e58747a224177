"""`lab adopt`."""

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lab.catalog import recorded
from lab.cli import output
from lab.cli.options import Json

if TYPE_CHECKING:
    from lab.commands.adopt import AdoptedProject

PathArgument = Annotated[Path, typer.Argument(metavar="PATH", help="A folder with a Compose file, or the file.")]
Entry = Annotated[
    str | None,
    typer.Option("--entry", envvar="LAB_ENTRY", metavar="SERVICE:PORT", help="Where requests enter, inside."),
]
Allow = Annotated[
    list[str] | None,
    typer.Option("--allow", envvar="LAB_ALLOW", metavar="KIND", help="What would be refused otherwise; repeatable."),
]
Profile = Annotated[
    list[str] | None,
    typer.Option("--profile", envvar="LAB_PROFILE", help="A Compose profile that belongs to it; repeatable."),
]
Egress = Annotated[
    bool, typer.Option("--egress", envvar="LAB_EGRESS", help="Let its containers reach the world outside.")
]
Requests = Annotated[
    Path | None,
    typer.Option("--requests", envvar="LAB_REQUESTS_FILE", help="Paths or curl commands, one a line; or a HAR."),
]
Force = Annotated[bool, typer.Option("--force", envvar="LAB_FORCE", help="Write lab.yaml anew if it is there.")]


def command(
    path: PathArgument,
    *,
    entry: Entry = None,
    allow: Allow = None,
    profile: Profile = None,
    egress: Egress = False,
    requests: Requests = None,
    force: Force = False,
    json: Json = False,
) -> None:
    """Read a Compose project of your own, say what was found, and write a lab.yaml beside it."""
    from lab.commands import adopt
    from lab.commands.adopt import Wishes

    wishes = Wishes(entry=entry, allow=tuple(allow or ()), profiles=tuple(profile or ()), egress=egress, force=force)
    asked = recorded.read(requests) if requests else None
    done = adopt.adopt(path, wishes, requests=asked.requests if asked else None)
    for host in asked.left_out if asked else ():
        output.say(f"left out: requests to {output.plain(host)}; load goes to the stack alone")
    if json:
        output.print_json(_as_json(done))
    else:
        _print(done)


def _as_json(done: "AdoptedProject") -> dict[str, object]:
    return {
        "name": done.name,
        "file": str(done.place.own),
        "compose": [str(path) for path in done.place.files],
        **asdict(done.survey),
        "changes": done.changes,
        "not_pinned": done.unpinned,
        "left_out": done.read.left_out,
        "running": done.read.running,
    }


def _print(done: "AdoptedProject") -> None:
    """Screens for people: what it is, what becomes of it, what the lab does not hold still, and what to type next."""
    found = done.survey
    print(f"{done.name}: {', '.join(path.name for path in done.place.files)} in {output.plain(done.place.folder)}")
    print(f"entry      {found.entry}:{found.port}")
    if found.others:
        print(
            f"           published, too: {', '.join(found.others)}. To enter there: --entry {found.others[0]} --force"
        )
    if not found.told:
        print(
            f"           no file of the project says that {found.entry} listens on {found.port}; `lab check` will show"
        )
    if found.jobs:
        print(f"jobs       {', '.join(found.jobs)}")
    if done.read.left_out:
        print(f"left out   services of the profiles {', '.join(done.read.left_out)} (--profile)")
    if done.read.running:
        print(f"running    {', '.join(done.read.running)}: they stay as they are")
    print()
    output.print_table(
        ("tier", "what", "memory"), [(name, what, str(found.memory[name])) for name, what in found.tiers.items()]
    )
    print()
    output.print_table(("what is overridden", ""), done.changes)
    print()
    output.print_table(("not pinned", ""), done.unpinned)
    for service, why in found.frail.items():
        print(f"\n{service} is not frozen but stopped while others are measured: {why}")
    print(f"\nwritten: {output.plain(done.place.own)}. Read it, change what is wrong, then")
    folder = output.plain(shlex.quote(str(done.place.folder)))
    print(f"  lab up {folder}\n  lab bench {folder}")
    print(f"From inside the folder its name will do: lab up {done.name}")

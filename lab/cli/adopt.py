"""`lab adopt`."""

import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lab.catalog import answers, projects, recorded
from lab.cli import output, typed
from lab.cli.options import Json, Wait, this_machine
from lab.errors import UsageError

if TYPE_CHECKING:
    from lab.commands.adopt import AdoptedProject, Wishes
    from lab.deploy.concurrency import Concurrency
    from lab.measure.learning import Learned

SHOWN = 100
"""Characters of an answer that are shown; lab.yaml has all of it."""

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
    typer.Option(
        "--requests",
        envvar="LAB_REQUESTS_FILE",
        help="Paths or curl commands, one a line; a HAR; an OpenAPI file; a wrk script (.lua) or a locustfile (.py).",
    ),
]
Learn = Annotated[
    bool,
    typer.Option(
        "--learn", envvar="LAB_LEARN", help="Ask each request twice, and write what stays as its right answer."
    ),
]
Yes = Annotated[
    bool, typer.Option("--yes", "-y", envvar="LAB_YES", help="With --learn: do not ask whether it is right.")
]
Force = Annotated[bool, typer.Option("--force", envvar="LAB_FORCE", help="Write lab.yaml anew if it is there.")]


def command(
    context: typer.Context,
    path: PathArgument,
    *,
    entry: Entry = None,
    allow: Allow = None,
    profile: Profile = None,
    egress: Egress = False,
    requests: Requests = None,
    force: Force = False,
    learn: Learn = False,
    yes: Yes = False,
    wait: Wait = 10,
    json: Json = False,
) -> None:
    """Read a Compose project of your own, say what was found, and write a lab.yaml beside it.

    With --learn, right answers are learned from the project itself; one that has a lab.yaml keeps it otherwise.
    """
    from lab.commands.adopt import Wishes

    if learn and not yes and not sys.stdin.isatty():
        again = shlex.join(["lab", "adopt", str(path), *typed.options(context), "--yes"])
        raise UsageError("there is no terminal to ask on", where="stdin is no terminal", fix=again)
    wishes = Wishes(entry=entry, allow=tuple(allow or ()), profiles=tuple(profile or ()), egress=egress, force=force)
    told: dict[str, object] = {}
    if not learn or force or requests or wishes != Wishes() or not projects.locate(path).own.is_file():
        told = _adopt(context, path, wishes, requests, learn=learn, json=json)
    if learn:
        told["learned"] = _learn(path, wait=wait, yes=yes, json=json)
    if json:
        output.print_json(told)


def _adopt(
    context: typer.Context, path: Path, wishes: "Wishes", requests: Path | None, *, learn: bool, json: bool
) -> dict[str, object]:
    from lab.commands import adopt

    asked = recorded.read(requests) if requests else None
    done = adopt.adopt(path, wishes, asked=asked, typed=typed.options(context, but=("force",)))
    for line in asked.left_out if asked else ():
        output.say(f"left out: {output.plain(line)}")
    if not json:
        _print(done, others=typed.options(context, but=("force", "entry")))
        if not learn:
            folder = output.plain(shlex.quote(str(done.place.folder)))
            print(f"Right answers are learned by asking twice: lab adopt {folder} --learn")
    return _as_json(done)


def _learn(path: Path, *, wait: float, yes: bool, json: bool) -> list[dict[str, object]]:
    from lab.commands import learn

    def agree(learned: "Sequence[Learned]") -> bool:
        if not json:
            _print_learned(learned)
        return yes or typer.confirm(f"Are these the right answers, to be written into {projects.OWN_FILE}?", err=True)

    learned = learn.learn(path, machine=this_machine(), wait_s=wait, say=output.say, agree=agree)
    return [
        {"workload": one.workload, "request": f"{one.request.method} {one.request.path}", "answer": one.answer}
        for one in learned
    ]


def _print_learned(learned: "Sequence[Learned]") -> None:
    rows = []
    for one in learned:
        answer = answers.flow(one.answer) if one.answer else "-"
        shown = answer if len(answer) <= SHOWN else f"{answer[:SHOWN]}…"
        rows.append((one.workload, f"{one.request.method} {one.request.path}", shown, one.words))
    print()
    output.print_table(("workload", "request", "right answer", "asked twice"), rows)


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


def _print_concurrency(found: "Concurrency | None") -> None:
    if found is None:
        print("\nnot known  how many requests it has in service at once: `slots` in lab.yaml, if only so many can be")
        return
    for one, many, factors in (
        ("request at once", "requests at once", found.slots),
        ("process", "processes", found.processes),
    ):
        if factors:
            told = " × ".join(f"{part.setting}={part.value}" if part.setting else part.value for part in factors)
            print(f"\n{found.service} has {told} {one if told == '1' else many}, as it is started")


def _print(done: "AdoptedProject", *, others: Sequence[str]) -> None:
    """Screens for people: what it is, what becomes of it, what the lab does not hold still, and what to type next.

    `others` are the options that were typed beside the entry.
    """
    found = done.survey
    print(f"{done.name}: {', '.join(path.name for path in done.place.files)} in {output.plain(done.place.folder)}")
    print(f"entry      {found.entry}:{found.port}")
    if found.others:
        there = ["lab", "adopt", str(done.named), *others, "--entry", found.others[0], "--force"]
        entering = output.plain(shlex.join(there))
        print(f"           published, too: {', '.join(found.others)}. To enter there: {entering}")
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
    _print_concurrency(found.concurrency)
    for service, why in found.frail.items():
        print(f"\n{service} is not frozen but stopped while others are measured: {why}")
    print(f"\nwritten: {output.plain(done.place.own)}. Read it, change what is wrong, then")
    folder = output.plain(shlex.quote(str(done.place.folder)))
    print(f"  lab up {folder}\n  lab bench {folder}")
    print(f"  lab why {folder} --rate 50    # or as many a second as you expect")
    print(f"From inside the folder its name will do: lab up {done.name}")

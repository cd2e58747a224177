"""`lab clean`."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from lab.cli import output
from lab.cli.options import Json, Wait
from lab.errors import UsageError

if TYPE_CHECKING:
    from lab.deploy.clean import Removable

KEPT_RUNS = 3

Yes = Annotated[bool, typer.Option("--yes", "-y", envvar="LAB_YES", help="Do not ask.")]
Keep = Annotated[
    int, typer.Option("--keep", envvar="LAB_KEEP", min=0, help="How many runs to keep, the newest of results/.")
]


def command(*, keep: Keep = KEPT_RUNS, yes: Yes = False, wait: Wait = 0, json: Json = False) -> None:
    """Remove the lab's images, the engine's build cache and old runs, after asking; what is up stays up."""
    from lab import folders
    from lab.deploy import clean

    found = clean.look(folders.results_root(), keep=keep)
    if not json:
        _print(found, keep=keep)
    if not yes and not _agreed():
        output.say("nothing was removed")
        return
    kept = clean.remove(found, wait_s=wait)
    gone = [image for image in found.engine.images if image not in kept]
    if json:
        runs = [folder.name for folder in found.runs]
        output.print_json({"images": gone, "in_use": list(kept), "runs": runs, "cache_mib": found.engine.cache_mib})
        return
    in_use = f"; in use, and kept: {', '.join(kept)}" if kept else ""
    print(f"removed {len(gone)} images, the build cache and {len(found.runs)} runs{in_use}")


def _print(found: "Removable", *, keep: int) -> None:
    engine = found.engine
    output.print_table(
        ("what goes", "how many", "MiB"),
        [
            ("images called lab/…", str(len(engine.images)), f"{engine.images_mib:,.0f} at most"),
            ("build cache of this engine, whoever filled it", "-", f"{engine.cache_mib:,.0f}"),
            (f"runs in results/, all but the newest {keep}", str(len(found.runs)), f"{found.runs_mib:,.0f}"),
        ],
    )


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask on", where="stdin is no terminal", fix="lab clean --yes")
    return typer.confirm("Remove all of it?", err=True)

"""`lab bundle [FILE]`, `lab bundle load` and `lab bundle verify`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from lab.cli import output
from lab.cli.options import Json, Wait

if TYPE_CHECKING:
    from lab.bundle.making import Bundle

TABLE = "headline"
"""What `make compare` measures."""


class _MakeByDefault(TyperGroup):
    """`lab bundle FILE` is `lab bundle make FILE`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the verb in front where there is none."""
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = ["make", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_MakeByDefault,
    help="One archive that sets up a machine without any network. `lab bundle [FILE]` makes one.",
)

Archive = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A bundle.")]


@app.command()
def make(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Where to; by default called after this kind of machine.")
    ] = None,
    *,
    everything: Annotated[
        bool,
        typer.Option(
            "--all", envvar="LAB_ALL", help="The images of every stack, not those of lessons and compare only."
        ),
    ] = False,
    wait: Wait = 0,
    json: Json = False,
) -> None:
    """Make a bundle for machines like this one: images, packages, wheels, lessons and docs. Takes a network."""
    from lab.bundle import making, manifest, needed
    from lab.catalog import load_catalog
    from lab.commands import surroundings

    catalog = load_catalog()
    fit = manifest.this_machine()
    to = (file or making.default_name(fit)).absolute()
    targets = needed.targets(catalog, table=TABLE, everything=everything)
    commit, changed = surroundings.git_state(catalog.home)
    named = f"{commit}{', with changes' if changed else ''}" if commit else "unknown"
    made = making.make(catalog.home, targets, to, commit=named, wait_s=wait, say=output.say)
    if json:
        output.print_json({"file": made.file, "bytes": made.bytes, "seconds": round(made.seconds, 1), **_facts(made)})
        return
    output.print_table(("part", "MB"), [(name, f"{size / 1e6:,.1f}") for name, size in made.bytes_of().items()])
    print(f"\n{made.file}: {made.bytes / 1e6:,.0f} MB in {made.seconds / 60:.1f} min")
    print(f"for {fit.system}, {fit.architecture}, Python {fit.python}; there, as root:")
    print(f"  tar xf {made.file.name} && sh lab-bundle/install.sh")


def _facts(made: "Bundle") -> dict[str, object]:
    from dataclasses import asdict

    return {"manifest": asdict(made.manifest), "bytes_of": made.bytes_of()}


@app.command()
def load(
    file: Archive,
    folder: Annotated[
        Path | None, typer.Argument(metavar="[FOLDER]", help="Where the lab goes; ~/deployment-lab by default.")
    ] = None,
) -> None:
    """Set this machine up from a bundle, without any network; what does not fit, or is damaged, is refused before."""
    from lab.bundle import reading

    reading.install(file, (folder or Path.home() / "deployment-lab").absolute(), say=output.say)


@app.command()
def verify(file: Archive, *, json: Json = False) -> None:
    """Say whether a bundle is whole, and name the parts that are damaged."""
    from lab.bundle import reading
    from lab.errors import InvalidFile

    found = reading.described(file)
    wrong = reading.damaged(file)
    if json:
        output.print_json({"parts": len(found.parts), "damaged": wrong})
    if wrong:
        raise InvalidFile([f"{file}: {one}" for one in wrong], of="the bundle")
    if not json:
        fit = found.fit
        print(f"whole: {len(found.parts)} parts, {len(found.images)} images, of {found.made_at}, lab {found.commit}")
        print(f"for {fit.system}, {fit.architecture}, Python {fit.python}")

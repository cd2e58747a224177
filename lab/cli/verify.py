"""`lab verify`."""

from typing import Annotated

import typer

from lab.cli import output
from lab.cli.options import Json

RunName = Annotated[str | None, typer.Argument(metavar="[RUN]", help="`lab list runs`; the newest if none is named.")]


def command(run: RunName = None, *, json: Json = False) -> None:
    """Say whether a run is as the lab wrote it, and which file and line were edited.

    Found is every edit of its files that does not compute all hashes anew: a byte, a line dropped, moved or added.
    Files that were laid beside them are not looked at, and of a run that is not finished the reports are not either.
    An edit that computes every hash anew is not found: whoever can write the folder can do that.
    """
    from lab import folders, store
    from lab.errors import EditedRun
    from lab.figures.numbers import count_text
    from lab.results import integrity

    folder = store.find(folders.results_root(), run)
    found = integrity.edits(folder) or integrity.edited_reports(folder)
    noted = integrity.fingerprint(folder)
    lines = {name: len(folder.lines(name)[0]) for name in store.JOURNALS}
    torn = integrity.is_torn(folder)
    if json:
        edits = [{"file": edit.file, "line": edit.line, "what": edit.what} for edit in found]
        told = {"run": folder.path.name, "edits": edits, "lines": lines, "torn": torn, "sha256": noted}
        output.print_json({**told, "not_found": integrity.LIMIT})
    elif not found:
        counts = ", ".join(f"{count_text(number, 'line')} of {name}" for name, number in lines.items())
        reports = "and the reports" if integrity.attests(folder) else "but its reports have no hashes yet"
        print(f"run {folder.path.name} is as the lab wrote it: run.json, {counts}, {reports}")
        if torn:
            print("its last line is torn, as a process ended while it wrote: no edit, and --resume measures that again")
        print(f"SHA-256 of run.json: {noted}")
        print(f"Noted elsewhere, it would show a run that was written anew. By itself {integrity.LIMIT}.")
    if found:
        raise EditedRun(
            f"run {folder.path.name} is not as the lab wrote it",
            where="\n    ".join(map(str, found)),
            fix=f"do not use its figures. {integrity.LIMIT[0].upper()}{integrity.LIMIT[1:]}",
        )

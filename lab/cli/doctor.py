"""`lab doctor`."""

import dataclasses
import json as jsonlib
from typing import TYPE_CHECKING, Annotated

import typer

from lab.cli import output
from lab.errors import HostError

if TYPE_CHECKING:
    from rich.table import Table

    from lab.commands.doctor import HostFinding

STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def command(*, json: Annotated[bool, typer.Option("--json", envvar="LAB_JSON", help="Print JSON.")] = False) -> None:
    """Examine this host: what the lab needs, what it would like, and how to get it.

    Exits with 3 if something needed is missing.
    """
    from lab.commands import doctor

    findings = doctor.examine()
    if json:
        print(jsonlib.dumps([dataclasses.asdict(finding) for finding in findings], indent=2))
    else:
        output.stdout().print(_table(findings))
    failed = [finding for finding in findings if finding.status == "fail"]
    if failed:
        names = ", ".join(finding.name for finding in failed)
        raise HostError(f"the lab cannot work here yet: {names}", fix=failed[0].fix or "see the list")


def _table(findings: tuple["HostFinding", ...]) -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("", "finding", "what", "what to do"):
        table.add_column(title, overflow="fold")
    for finding in findings:
        style = STYLES[finding.status]
        table.add_row(f"[{style}]{finding.status}[/]", finding.name, finding.detail, finding.fix or "")
    return table

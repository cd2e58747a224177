"""Data goes to stdout, progress to stderr; JSON where a program reads, a plain table where a person does."""

import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from lab.host.say import aloud

if TYPE_CHECKING:
    from rich.console import Console

WIDE = 200
"""Columns when nobody looks at them: a pipe or a file must not have its cells cut."""
GAP = "  "


def stdout() -> "Console":
    """A console for data. NO_COLOR switches colours off, and a pipe all that a terminal obeys, FORCE_COLOR or not."""
    from rich.console import Console

    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(highlight=False, width=WIDE, force_terminal=False)


def stderr() -> "Console":
    """A console for progress."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, force_terminal=None if sys.stderr.isatty() else False)


def width() -> int | None:
    """Columns of the terminal that data goes to; None where it goes to none, and nothing is cut."""
    return stdout().width if sys.stdout.isatty() else None


def say(message: str) -> None:
    """One line of progress."""
    aloud(message)


def plain(text: object) -> str:
    """A name that somebody else has chosen, without what a terminal would obey."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(text))


def print_json(data: object) -> None:
    """Indented JSON on stdout; tuples, mappings and paths come out as lists, objects and text."""
    print(json.dumps(data, indent=2, ensure_ascii=False, default=str))


def print_table(header: Sequence[str], rows: Iterable[Sequence[str]], *, gap: int = len(GAP)) -> None:
    """Columns without lines: easy to read, easy to cut. Off a terminal each row is one line, however long."""
    if not sys.stdout.isatty():
        _print_lines([header, *rows])
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="" if os.environ.get("NO_COLOR") else "bold"
    )
    console, rows = stdout(), list(rows)
    names_fit = max((len(row[0]) for row in rows), default=0) <= console.width // 2
    for index, title in enumerate(header):
        table.add_column(title, overflow="fold", no_wrap=index == 0 and names_fit)  # a name is copied in one piece
    for row in rows:
        table.add_row(*(Text(plain(cell)) for cell in row))  # names are others' words: no markup
    console.print(table)


def _print_lines(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print(GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def print_text(markdown: str) -> None:
    """A page for people: laid out on a terminal, as it is elsewhere."""
    if not sys.stdout.isatty():
        print(markdown.strip() + "\n")
        return
    from rich.markdown import Markdown

    stdout().print(Markdown(markdown))

"""The tables of a Markdown text."""

import re
from collections.abc import Iterator

from lab.audit.readers.parts import BEFORE
from lab.audit.readers.shape import Grid

NAME = "Markdown table"
RULE = re.compile(r"^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")


def grids(text: str) -> Iterator[Grid]:
    """Every table: a line of titles, a line of dashes, and the lines with bars that follow."""
    lines = text.splitlines()
    heading, since = "", 0
    number = 0
    while number < len(lines):
        line = lines[number]
        if match := re.match(r"^\s{0,3}#+\s+(.+?)\s*#*\s*$", line):
            heading = match[1]
        rule = lines[number + 1] if number + 1 < len(lines) else ""
        if "|" not in line or not RULE.match(rule) or "-" not in rule:
            number += 1
            continue
        end = number + 2
        while end < len(lines) and "|" in lines[end]:
            end += 1
        yield Grid(
            titles=_cells(line),
            cells=[_cells(row) for row in lines[number + 2 : end]],
            heading=heading,
            before="\n".join(lines[since:number])[-BEFORE:],
            first_line=number + 3,
        )
        number = since = end


def _cells(line: str) -> list[str]:
    bare = re.sub(r"^\s*\||\|\s*$", "", line)
    return [cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", bare)]

"""What the readers of printed output share: cutting a text into runs, and picking figures from one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lab.audit import units
from lab.audit.units import Figure
from lab.audit.words import clean_name

BEFORE = 2_000
"""Characters above an output in which its command and its heading are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One run's output, and what stands above it."""

    text: str
    before: str
    where: str
    name: str


@dataclass(slots=True)
class Found:
    """What was odd or assumed while the figures of one row were read."""

    odd: list[str] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)

    def figure(self, read: Figure) -> Figure:
        """A figure, after noting what is special about it."""
        if read.odd:
            self.odd.append(read.odd)
        if read.assumed and read.assumed not in self.assumed:
            self.assumed.append(read.assumed)
        return read


def split(start: re.Pattern[str], text: str) -> Iterator[Piece]:
    """The outputs that begin where `start` matches; its first group, if there is one, names the run."""
    matches = list(start.finditer(text))
    ends = [match.start() for match in matches[1:]] + [len(text)]
    floor = 0
    for number, (match, end) in enumerate(zip(matches, ends, strict=False), start=1):
        before, floor = text[max(floor, match.start() - BEFORE) : match.start()], match.end()
        target = match[1] if match.groups() and match[1] else ""
        yield Piece(
            text=text[match.start() : end],
            before=before,
            where=f"line {text.count(chr(10), 0, match.start()) + 1}",
            name=clean_name(heading(before) or target or f"run {number}"),
        )


def heading(before: str) -> str:
    """The nearest heading above an output: Markdown's, or a line that ends with a colon."""
    found = re.findall(r"^\s*(?:#+\s+(.+?)\s*#*|\*\*(.+?)\*\*:?|([^\s:`$][^:`\n]{0,60}):)\s*$", before, re.MULTILINE)
    return next((name for groups in reversed(found) for name in groups if name), "")


def after(pattern: str, text: str) -> str:
    """The first group of the first match; empty if there is none."""
    match = re.search(pattern, text, re.MULTILINE)
    return match[1] if match else ""


def whole(pattern: str, text: str) -> int | None:
    """Likewise, as a whole number."""
    found = after(pattern, text).replace(",", "")
    return int(found) if found.isdigit() else None


def percentiles(pattern: str, text: str, *, unit: str | None = None) -> tuple[tuple[float, float], ...]:
    """Every `(percentage, time)` that a pattern finds, in order and each once."""
    found: dict[float, float] = {}
    for rank, time in re.findall(pattern, text, re.MULTILINE):
        seconds = units.duration(time, unit=unit).value
        if seconds is not None and 0 < float(rank) < 100:  # noqa: PLR2004
            found.setdefault(float(rank), seconds)
    return tuple(sorted(found.items()))

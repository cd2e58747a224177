"""Pure: what was seen against what should be seen."""

import re
from dataclasses import dataclass
from typing import Literal

from lab.figures.numbers import number_text
from lab.lessons.lessonfile import Expectation

Mark = Literal["pass", "not yet", "cannot judge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a probe saw: a text, or a number, with the interval that it may lie in where it was measured."""

    value: float | str
    low: float | None = None
    high: float | None = None
    detail: str = ""
    of: str = ""
    """What a count counts, where the sentence of a check does not say it."""

    @property
    def brief(self) -> str:
        """The value and its interval, for people; a count is whole."""
        text = number_text(self.value) if isinstance(self.value, float) else str(self.value)
        if self.low is None or self.high is None or self.low == self.high:
            return text or "nothing"
        return f"{text} ({number_text(self.low)} to {number_text(self.high)})"

    @property
    def shown(self) -> str:
        """The same, and how it came about."""
        return self._with_detail(self.brief)

    @property
    def told(self) -> str:
        """The same to who reads a check, which may ask for a count of anything."""
        return self._with_detail(f"{self.brief} {self.of}".rstrip())

    def _with_detail(self, text: str) -> str:
        return text + (f": {self.detail}" if self.detail else "")


def mark(seen: Seen, expect: Expectation) -> Mark:
    """Whether what was seen is what is expected; an interval that holds a limit leaves it open."""
    marks = set(_marks(seen, expect))
    if "not yet" in marks:
        return "not yet"
    return "cannot judge" if "cannot judge" in marks else "pass"


def expected(expect: Expectation) -> str:
    """What is expected, for people."""
    said = []
    if expect.equals is not None:
        said.append(f"exactly {expect.equals!r}" if isinstance(expect.equals, str) else f"exactly {expect.equals:g}")
    if expect.matches is not None:
        said.append(f"something that matches {expect.matches}")
    if expect.at_least is not None:
        said.append(f"at least {expect.at_least:g}")
    if expect.at_most is not None:
        said.append(f"at most {expect.at_most:g}")
    return ", ".join(said)


def _marks(seen: Seen, expect: Expectation) -> list[Mark]:
    marks: list[Mark] = []
    if expect.equals is not None:
        marks.append(_hold(_equal(seen.value, expect.equals)))
    if expect.matches is not None:
        marks.append(_hold(re.search(expect.matches, str(seen.value)) is not None))
    if expect.at_least is not None:
        marks.append(_beyond(seen, expect.at_least, above=True))
    if expect.at_most is not None:
        marks.append(_beyond(seen, expect.at_most, above=False))
    return marks


def _hold(holds: bool) -> Mark:
    return "pass" if holds else "not yet"


def _equal(value: float | str, wanted: str | float) -> bool:
    return value == wanted if isinstance(value, str) == isinstance(wanted, str) else str(value) == str(wanted)


def _beyond(seen: Seen, limit: float, *, above: bool) -> Mark:
    """Whether the whole interval is on the right side of a limit."""
    if isinstance(seen.value, str):
        return "not yet"
    low = seen.value if seen.low is None else seen.low
    high = seen.value if seen.high is None else seen.high
    right, wrong = (low >= limit, high < limit) if above else (high <= limit, low > limit)
    return "pass" if right else "not yet" if wrong else "cannot judge"

"""A lesson's folder as a record, and every mistake of it with file, line and key."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from lab.catalog import yamlfile
from lab.catalog.yamlfile import Document, Strict
from lab.errors import InvalidFile
from lab.lessons.probes import KINDS, Probe, stacks_of

FILE = "lesson.yaml"
README = "README.md"
PAGES = (README, "hints.md", "notes-for-teachers.md")
FEWEST_HINTS = 3
START, SOLUTION = "start", "solution"
_FOLDER = re.compile(r"(\d\d)-[a-z0-9-]+")
_HINT = re.compile(r"^## .+$", re.MULTILINE)
_WHY = re.compile(r"^## Why[ \t]*$", re.MULTILINE)
Name = Annotated[str, Field(pattern="^[a-z][a-z0-9-]*$")]


class LessonStack(Strict):
    """A stack that the lesson has up: `stack` or `stack@variant`, and what it is set to."""

    stack: str
    settings: dict[str, str] = Field(default_factory=dict)
    cpus: int = Field(default=4, ge=1)
    memory_mib: int = Field(default=768, ge=64, le=2048)


class Prediction(Strict):
    """A question before the measurement: a number with its unit, from `least` to `most`, or a choice."""

    id: Name
    ask: str
    unit: str = ""
    choices: dict[Name, str] = Field(default_factory=dict)
    least: float = Field(default=0, allow_inf_nan=False)
    most: float = Field(default=1_000_000, allow_inf_nan=False)
    observation: Name
    """What will show the answer."""


class ObservationFile(Strict):
    """Something to look at; `{value}` in `says` is what was seen."""

    id: Name
    says: str
    probe: dict[str, Any]


class Expectation(Strict):
    """What should be seen. All that is said must hold."""

    equals: str | int | float | None = None
    at_least: float | None = None
    at_most: float | None = None
    matches: str | None = None


class CheckFile(Strict):
    """What must hold for the lesson to be passed, and what to think about where it does not."""

    id: Name
    says: str
    probe: dict[str, Any]
    expect: Expectation
    otherwise: str


class LessonFile(Strict):
    """What `lesson.yaml` says."""

    title: str
    minutes: int = Field(ge=5, le=60)
    goals: tuple[str, ...] = Field(min_length=1)
    needs: tuple[str, ...] = ()
    misconception: str
    question: str
    stacks: dict[Name, LessonStack] = Field(min_length=1)
    predictions: tuple[Prediction, ...] = Field(min_length=1)
    observations: tuple[ObservationFile, ...] = Field(min_length=1)
    checks: tuple[CheckFile, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """An observation with its probe."""

    id: str
    says: str
    probe: Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonCheck:
    """A check with its probe."""

    id: str
    says: str
    probe: Probe
    expect: Expectation
    otherwise: str


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """A lesson without mistakes."""

    number: int
    folder: Path
    file: LessonFile
    observations: tuple[Observation, ...]
    checks: tuple[LessonCheck, ...]

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.folder.name

    @property
    def task(self) -> str:
        """What `README.md` says before its section `## Why`: no answer to a prediction is in it."""
        return parts_of((self.folder / README).read_text("utf-8"))[0]

    @property
    def why(self) -> str:
        """The rest of it, from `## Why` on: for who has seen the answers."""
        return parts_of((self.folder / README).read_text("utf-8"))[1]

    @cached_property
    def hints(self) -> tuple[str, ...]:
        """From the gentlest to the one that gives it away."""
        return hints_in((self.folder / "hints.md").read_text("utf-8"))

    @cached_property
    def digest(self) -> str:
        """Another one after any change to the lesson's folder."""
        whole = sha256()
        for path in sorted(path for path in self.folder.rglob("*") if path.is_file()):
            whole.update(f"{path.relative_to(self.folder)}\0".encode() + path.read_bytes() + b"\0")
        return whole.hexdigest()


def hints_in(text: str) -> tuple[str, ...]:
    """The sections of `hints.md`, each with its heading."""
    starts = [found.start() for found in _HINT.finditer(text)]
    return tuple(text[one:other].strip() for one, other in zip(starts, [*starts[1:], len(text)], strict=True))


def parts_of(text: str) -> tuple[str, str]:
    """A README's task, and what follows from `## Why` on; nothing where it has no such section."""
    found = _WHY.search(text)
    at = found.start() if found else len(text)
    return text[:at].rstrip() + "\n", text[at:].rstrip()


def folders(of: Path) -> list[Path]:
    """The folders of lessons, by number."""
    return sorted(path for path in of.glob("*/") if _FOLDER.fullmatch(path.name))


def load(folder: Path) -> Lesson:
    """Read one lesson. Raises InvalidFile with every mistake."""
    lesson, mistakes = read(folder)
    if lesson is None or mistakes:
        raise InvalidFile(mistakes)
    return lesson


def read(folder: Path) -> tuple[Lesson | None, list[str]]:
    """The lesson of a folder, or None; and every mistake of it, each with file and key."""
    mistakes = list(_pages(folder))
    document, found = yamlfile.read(folder / FILE)
    mistakes += found
    file, found = yamlfile.validate(LessonFile, document)
    mistakes += found
    if file is None:
        return None, mistakes
    observations = [
        Observation(id=one.id, says=one.says, probe=probe)
        for number, one in enumerate(file.observations)
        if (probe := _probe(document, ("observations", number, "probe"), mistakes)) is not None
    ]
    checks = [
        LessonCheck(id=one.id, says=one.says, probe=probe, expect=one.expect, otherwise=one.otherwise)
        for number, one in enumerate(file.checks)
        if (probe := _probe(document, ("checks", number, "probe"), mistakes)) is not None
    ]
    mistakes += _names(document, file)
    mistakes += _expectations(document, file)
    number = int(folder.name[:2]) if _FOLDER.fullmatch(folder.name) else 0
    if not number:
        mistakes.append(f"{folder}: must be called NN-some-name, with NN its number from 01")
    lesson = Lesson(number=number, folder=folder, file=file, observations=tuple(observations), checks=tuple(checks))
    return lesson, mistakes


def _probe(document: Document, at: tuple[str | int, ...], mistakes: list[str]) -> Probe | None:
    """The probe at a key; what is wrong with it is added to the mistakes."""
    value: Any = document.data
    for step in at:
        value = value[step]
    kind = value.get("kind")
    if kind not in KINDS:
        mistakes.append(document.mistake((*at, "kind"), f"must be one of {', '.join(KINDS)}"))
        return None
    probe, found = yamlfile.validate(KINDS[kind], document, at=at)
    known = document.data["stacks"]
    mistakes += found
    for key, stack in stacks_of(probe).items() if probe else ():
        if stack not in known:
            mistakes.append(document.mistake((*at, key), f"{stack!r} is none of this lesson's stacks: {_list(known)}"))
    mistakes += [document.mistake((*at, key), why) for key, why in (_regexes(probe) if probe else ())]
    return probe


def _regexes(probe: Probe) -> Iterator[tuple[str, str]]:
    if (pattern := getattr(probe, "matching", None)) and (why := _regex_mistake(pattern)):
        yield "matching", why


def _regex_mistake(pattern: str) -> str | None:
    try:
        re.compile(pattern)
    except re.error as error:
        return f"is no regular expression: {error}"
    return None


def _names(document: Document, file: LessonFile) -> Iterator[str]:
    """Ids that occur twice, and predictions of what is never looked at."""
    for key, items in (("predictions", file.predictions), ("observations", file.observations), ("checks", file.checks)):
        ids = [item.id for item in items]
        for number, one in enumerate(ids):
            if one in ids[:number]:
                yield document.mistake((key, number, "id"), f"{one!r} is there already")
    observed = [item.id for item in file.observations]
    for number, prediction in enumerate(file.predictions):
        at = ("predictions", number)
        if prediction.observation not in observed:
            said = f"there is no observation {prediction.observation!r}: {_list(observed)}"
            yield document.mistake((*at, "observation"), said)
        if prediction.choices and prediction.unit:
            yield document.mistake((*at, "unit"), "a choice has no unit")
        if prediction.least >= prediction.most:
            yield document.mistake((*at, "most"), "must be above `least`")


def _expectations(document: Document, file: LessonFile) -> Iterator[str]:
    for number, check in enumerate(file.checks):
        expect, at = check.expect, ("checks", number, "expect")
        if expect == Expectation():
            yield document.mistake(at, "must say what is expected: equals, at_least, at_most or matches")
        if expect.matches is not None and (why := _regex_mistake(expect.matches)):
            yield document.mistake((*at, "matches"), why)


def _pages(folder: Path) -> Iterator[str]:
    """The files beside lesson.yaml that are missing or say too little."""
    for page in PAGES:
        path = folder / page
        if not path.is_file() or not path.read_text("utf-8").strip():
            yield f"{path}: is missing or empty"
        elif page == README and not parts_of(path.read_text("utf-8"))[1]:
            yield f"{path}: has no section `## Why`: what follows from it on is shown after the observation"
    hints = folder / "hints.md"
    count = len(hints_in(hints.read_text("utf-8"))) if hints.is_file() else 0
    if 0 < count < FEWEST_HINTS or (hints.is_file() and not count):
        yield f"{hints}: hints (headings that begin with ##): {count}; at least {FEWEST_HINTS} are needed"
    solved = files_in(folder / SOLUTION)
    if not solved:
        yield f"{folder / SOLUTION}: holds no file"
    for name in solved:
        if (start := folder / START / name).is_file() and start.read_bytes() == (folder / SOLUTION / name).read_bytes():
            yield f"{folder / SOLUTION / name}: is the same as what the learner starts with"


def files_in(folder: Path) -> Sequence[Path]:
    """The files below a folder, relative to it."""
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


def _list(names: Mapping[str, object] | Sequence[str]) -> str:
    return ", ".join(names) or "none"

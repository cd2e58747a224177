"""The state files of a class: a table of marks, and what all predicted beside what their machines showed."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from pydantic import ValidationError

from lab.errors import InvalidFile, UsageError
from lab.figures.numbers import chosen_text, number_text
from lab.host.say import Say
from lab.lessons import answers, course, lessonfile
from lab.lessons.course import standing
from lab.lessons.state import FILE, LearnerState, reason

COLUMNS = ("learner", "lesson", "state", "predictions", "observations", "hints", "checks", "started_at", "passed_at")
BAR = "█"
WIDEST = 40
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would compute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One prediction of a class."""

    lesson: str
    id: str
    ask: str
    unit: str
    answers: tuple[float | str, ...]
    seen: tuple[float | str, ...]

    def as_data(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


def read(folder: Path, *, say: Say) -> list[LearnerState]:
    """Every learner's state in a folder, under the name that its place in it gives; one that cannot be read is said.

    Raises UsageError if the folder is not there, or none can be read.
    """
    if not folder.is_dir():
        what = "this is no folder" if folder.exists() else "there is no such folder"
        raise UsageError(what, where=str(folder), fix="name the folder of a class")
    learners = []
    for name, path in _files(folder).items():
        try:
            state = LearnerState.model_validate_json(path.read_bytes())
        except ValidationError as error:
            say(f"{path} is left out: {reason(error)}")
        except OSError as error:
            say(f"{path} is left out: {error.strerror}")
        else:
            learners.append(state.model_copy(update={"learner": name}))
    if not learners:
        raise UsageError(f"no learner's {FILE} can be read here", where=str(folder), fix="name the folder of a class")
    return learners


def _files(folder: Path) -> dict[str, Path]:
    """Each `state.json` that is not in a learner's copy of the project, and each JSON file on top, by learners' names.

    The name is the path's where two would have the same. That in a file is a login: on VMs of their own all are `root`.
    """
    found = {path for path in folder.rglob(FILE) if "files" not in path.relative_to(folder).parts[1:-1]}
    paths = sorted({*found, *folder.glob("*.json")})
    names = [_name(folder, path) for path in paths]
    return {
        name if names.count(name) == 1 else path.relative_to(folder).as_posix(): path
        for name, path in zip(names, paths, strict=True)
    }


def _name(folder: Path, path: Path) -> str:
    """That of the folder in the class's that the file is in, or the file's own; of one learner's folder, its own."""
    place = path.relative_to(folder)
    if len(place.parts) > 1:
        return place.parts[0]
    return folder.resolve().name if place.name == FILE else place.stem


def as_csv(learners: Sequence[LearnerState]) -> str:
    """One line for each learner and lesson, with a header."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for learner in learners:
        for name, progress in sorted(learner.lessons.items()):
            row = (
                learner.learner,
                name,
                standing(learner.lessons, name),
                len(progress.predictions),
                len(progress.observations),
                progress.hints,
                progress.checks,
                progress.started_at or "",
                progress.passed_at or "",
            )
            writer.writerow([_cell(value) for value in row])
    return text.getvalue()


def _cell(value: str | int) -> str | int:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULAS) else value


def questions(learners: Sequence[LearnerState], project: Path) -> list[Question]:
    """Each prediction that somebody made, in the order of the lessons, without answers that cannot be."""
    found = []
    for path in course.folders(project):
        begun = [learner.lessons[path.name] for learner in learners if path.name in learner.lessons]
        try:
            predictions = lessonfile.load(path).file.predictions if begun else ()
        except InvalidFile:
            continue  # `lab lesson lint` says what is wrong with it
        for one in predictions:
            made = [progress.predictions[one.id].answer for progress in begun if one.id in progress.predictions]
            possible = tuple(answer for answer in made if answers.can_be(one, answer))
            seen = [
                progress.observations[one.observation].value
                for progress in begun
                if one.observation in progress.observations
            ]
            if possible:
                question = Question(
                    lesson=path.name, id=one.id, ask=one.ask, unit=one.unit, answers=possible, seen=tuple(seen)
                )
                found.append(question)
    return found


def histogram(question: Question) -> Iterator[str]:
    """The lines of one question: how often each answer was given, and what was seen."""
    yield f"{question.lesson}: {question.id}: {' '.join(question.ask.split())}"
    counts = Counter(map(_said, question.answers))
    order = sorted(counts, key=lambda answer: (_size(answer), answer))
    most = max(counts.values())
    width = max(map(len, order))
    for answer in order:
        bar = BAR * max(round(WIDEST * counts[answer] / max(most, WIDEST)), 1)
        yield f"  {answer:>{width}} {question.unit} {bar} {counts[answer]}"
    yield f"  seen: {_seen(question)}"
    yield ""


def _said(answer: float | str) -> str:
    return answer if isinstance(answer, str) else chosen_text(answer)


def _size(answer: str) -> float:
    try:
        return float(answer.replace(",", ""))
    except ValueError:
        return 0.0


def _seen(question: Question) -> str:
    numbers = [value for value in question.seen if not isinstance(value, str)]
    texts = sorted({value for value in question.seen if isinstance(value, str)})
    if numbers:
        machines = f"{len(numbers)} machine{'s' if len(numbers) != 1 else ''}"
        spread = f"{number_text(min(numbers))} to {number_text(max(numbers))}, middle {number_text(median(numbers))}"
        return f"{spread} {question.unit} on {machines}"
    return ", ".join(texts) or "nobody has observed it yet"

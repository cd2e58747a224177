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
from lab.lessons import course, lessonfile
from lab.lessons.course import standing
from lab.lessons.state import FILE, LearnerState

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
    """Every learner's state below a folder; a file that cannot be read is named. Raises UsageError if there is none."""
    learners = []
    for path in sorted(folder.rglob(FILE)):
        if "files" in path.relative_to(folder).parts:
            continue  # in a learner's copy of the project
        try:
            learners.append(LearnerState.model_validate_json(path.read_bytes()))
        except ValidationError as error:
            first = error.errors()[0]
            say(f"{path} is left out: {'.'.join(map(str, first['loc'])) or 'it'}: {first['msg']}")
    if not learners:
        raise UsageError(f"no learner's {FILE} can be read here", where=str(folder), fix="name the folder of a class")
    return learners


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
                progress.started_at,
                progress.passed_at or "",
            )
            writer.writerow([_cell(value) for value in row])
    return text.getvalue()


def _cell(value: str | int) -> str | int:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULAS) else value


def questions(learners: Sequence[LearnerState], project: Path) -> list[Question]:
    """Each prediction that somebody made, in the order of the lessons."""
    found = []
    for path in course.folders(project):
        begun = [learner.lessons[path.name] for learner in learners if path.name in learner.lessons]
        try:
            predictions = lessonfile.load(path).file.predictions if begun else ()
        except InvalidFile:
            continue  # `lab lesson lint` says what is wrong with it
        for one in predictions:
            answers = [progress.predictions[one.id].answer for progress in begun if one.id in progress.predictions]
            seen = [
                progress.observations[one.observation].value
                for progress in begun
                if one.observation in progress.observations
            ]
            if answers:
                question = Question(
                    lesson=path.name, id=one.id, ask=one.ask, unit=one.unit, answers=tuple(answers), seen=tuple(seen)
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

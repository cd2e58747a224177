"""Pure: what a learner answers to a prediction, read strictly, and how it compares with what was seen."""

import re

from lab.errors import UnknownName, UsageError
from lab.figures.numbers import chosen_text, number_text
from lab.lessons.lessonfile import Prediction
from lab.lessons.state import Observed, Predicted

EXACT, NEAR = 0.05, 0.2
"""A number is right, or near, if it is within this share of what was seen."""
WIDEST = 2.0
"""How many times its lower end the upper end of an interval may be, for a guess to be held against it."""
_NUMBER = re.compile(r"([-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?![\d,])(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*(.*)")
MOST_PERCENT = 100


def read(prediction: Prediction, text: str) -> float | str:
    """A number in the prediction's unit, or the name of a choice.

    Raises UsageError for another unit, and for a number that cannot be: below the prediction's least, above its most.
    """
    answer = text.strip()
    if prediction.choices:
        if answer not in prediction.choices:
            raise UnknownName("choice", answer, prediction.choices, where=prediction.id)
        return answer
    found = _NUMBER.fullmatch(answer)
    if found is None:
        raise UsageError(f"{answer!r} is not a number", where=prediction.id, fix=_example(prediction))
    if found[2].strip() not in ("", prediction.unit, _of_one(prediction.unit)):
        asked = f"asked for {prediction.unit}" if prediction.unit else "asked for a number without a unit"
        raise UsageError(f"{answer!r} is in {found[2].strip()}: {asked}", where=prediction.id, fix=_example(prediction))
    value = float(found[1].replace(",", ""))
    if not can_be(prediction, value):
        between = f"a number from {chosen_text(prediction.least)} to {chosen_text(prediction.most)}"
        raise UsageError(f"{answer!r} cannot be", where=prediction.id, fix=f"{between} {prediction.unit}".rstrip())
    return value


def can_be(prediction: Prediction, answer: float | str) -> bool:
    """Whether this could be seen at all: one of the choices, or a number between the prediction's least and most."""
    if prediction.choices or isinstance(answer, str):
        return answer in prediction.choices
    return prediction.least <= answer <= prediction.most


def _example(prediction: Prediction) -> str:
    return f"give the number alone{f', or with {prediction.unit} after it' if prediction.unit else ''}"


def sure(text: str) -> int:
    """How sure in percent: `80` or `80%`. Raises UsageError."""
    digits = text.strip().removesuffix("%").strip()
    if not digits.isdigit() or int(digits) > MOST_PERCENT:
        raise UsageError(f"{text!r} is not how sure one can be", where="--sure", fix="a whole number from 0 to 100")
    return int(digits)


def said(prediction: Prediction, predicted: Predicted) -> str:
    """A prediction for people."""
    if isinstance(predicted.answer, str):
        return prediction.choices.get(predicted.answer, predicted.answer)
    unit = _of_one(prediction.unit) if predicted.answer == 1 else prediction.unit
    return f"{chosen_text(predicted.answer)} {unit}".rstrip()


def _of_one(unit: str) -> str:
    """The unit of a single one: `answer of 1000`, `process`."""
    several, *rest = unit.split(" ")
    if len(several) <= len("ms"):
        return unit
    return " ".join((several.removesuffix("es" if several.endswith("sses") else "s"), *rest))


def _interval(observed: Observed, seen: float) -> tuple[float, float]:
    low = observed.low if observed.low is not None else seen
    return low, observed.high if observed.high is not None else seen


def is_unsure(observed: Observed) -> bool:
    """Whether what was seen lies somewhere in so wide an interval that no prediction can be held against it."""
    if isinstance(observed.value, str):
        return False
    low, high = _interval(observed, observed.value)
    return low <= 0 < high or (low > 0 and high > WIDEST * low)


def outcome(predicted: Predicted, observed: Observed) -> str:
    """How near a prediction came: right, near, or by which factor it is too high or too low."""
    guess, seen = predicted.answer, observed.value
    if isinstance(guess, str) or isinstance(seen, str):
        return "right" if str(guess) == str(seen) else "otherwise"
    low, high = _interval(observed, seen)
    if is_unsure(observed):
        return f"seen too unsurely to tell: {number_text(low)} to {number_text(high)}"
    if low <= guess <= high or abs(guess - seen) <= EXACT * abs(seen):
        return "right"
    if seen and abs(guess - seen) <= NEAR * abs(seen):
        return "near"
    if guess <= 0 or seen <= 0:
        return "too high" if guess > seen else "too low"
    factor = guess / seen
    return f"too {'high' if factor > 1 else 'low'} by a factor of {number_text(max(factor, 1 / factor))}"

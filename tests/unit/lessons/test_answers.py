import pytest

from lab.errors import UsageError
from lab.lessons import answers
from lab.lessons.lessonfile import Prediction
from lab.lessons.state import Observed, Predicted

SECONDS = Prediction(id="time", ask="How long?", unit="s", observation="time")
TIMES = Prediction(id="late", ask="How late?", unit="times", observation="time")
CHOICE = Prediction(id="which", ask="Which?", choices={"good": "The good", "bad": "The bad"}, observation="which")


@pytest.mark.parametrize(
    ("text", "value"),
    [("5", 5), ("5 s", 5), ("0.5s", 0.5), ("1,000", 1000), ("1e3 s", 1000), ("0", 0), ("1,234,567e-1", 123456.7)],
)
def test_a_number_is_read_with_or_without_its_unit(text: str, value: float) -> None:
    assert answers.read(SECONDS, text) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [("5 ms", "in ms: asked for s"), ("soon", "not a number"), ("", "not a number"), ("1,5", "not a number")],
)
def test_another_unit_is_refused_and_the_right_one_is_shown(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        answers.read(SECONDS, text)
    assert caught.value.fix == "give the number alone, or with s after it"


@pytest.mark.parametrize("text", ["1e400", "1e300", "-1", "-0.1 s", "1000001", "-1e400"])
def test_a_number_that_cannot_be_is_refused_and_the_range_is_shown(text: str) -> None:
    with pytest.raises(UsageError, match="cannot be") as caught:
        answers.read(SECONDS, text)
    assert caught.value.fix == "a number from 0 to 1,000,000 s"


def test_a_prediction_may_have_a_range_of_its_own() -> None:
    some = Prediction(id="some", ask="How many of three?", unit="answers", most=3, observation="some")
    assert answers.read(some, "3 answers") == 3
    with pytest.raises(UsageError, match="'4' cannot be") as caught:
        answers.read(some, "4")
    assert caught.value.fix == "a number from 0 to 3 answers"


def test_what_is_in_a_state_file_may_be_impossible() -> None:
    assert answers.can_be(CHOICE, "good")
    assert not answers.can_be(CHOICE, "best")
    assert not answers.can_be(CHOICE, 1.0)
    assert not answers.can_be(SECONDS, "good")
    assert not answers.can_be(SECONDS, 1e300)


def test_a_choice_is_one_of_those_offered() -> None:
    assert answers.read(CHOICE, " good ") == "good"
    with pytest.raises(UsageError, match="no choice named 'goood'"):
        answers.read(CHOICE, "goood")


@pytest.mark.parametrize(("text", "percent"), [("80", 80), ("0", 0), ("100 %", 100)])
def test_how_sure_is_a_whole_number_of_percent(text: str, percent: int) -> None:
    assert answers.sure(text) == percent


@pytest.mark.parametrize("text", ["101", "-1", "very", "0.8", ""])
def test_what_is_no_percentage_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="how sure"):
        answers.sure(text)


@pytest.mark.parametrize(
    ("answer", "seen", "said"),
    [
        (10.0, Observed(value=10, shown="", at=""), "right"),
        (9.0, Observed(value=10, shown="", at=""), "near"),
        (1.5, Observed(value=2.0, low=1.4, high=2.6, shown="", at=""), "right"),
        (5.0, Observed(value=10, shown="", at=""), "too low by a factor of 2.00"),
        (30.0, Observed(value=10, shown="", at=""), "too high by a factor of 3.00"),
        (0.0, Observed(value=10, shown="", at=""), "too low"),
        (1.5, Observed(value=3.5, low=0.1, high=300.0, shown="", at=""), "seen too unsurely to tell: 0.100 to 300"),
        (4.0, Observed(value=1.9, low=1.2, high=7.4, shown="", at=""), "seen too unsurely to tell: 1.20 to 7.40"),
        (10.0, Observed(value=10.02, low=10.01, high=10.03, shown="", at=""), "right"),
        (2.0, Observed(value=2.06, low=2.06, high=2.07, shown="", at=""), "right"),
        ("good", Observed(value="good", shown="", at=""), "right"),
        ("bad", Observed(value="good", shown="", at=""), "otherwise"),
    ],
)
def test_a_prediction_is_held_against_what_was_seen(answer: float | str, seen: Observed, said: str) -> None:
    assert answers.outcome(Predicted(answer=answer, reason="so", sure_percent=50, at=""), seen) == said


def test_a_prediction_is_said_with_its_unit_or_in_the_words_of_the_choice() -> None:
    assert answers.said(SECONDS, Predicted(answer=10.0, reason="", sure_percent=1, at="")) == "10 s"
    assert answers.said(CHOICE, Predicted(answer="bad", reason="", sure_percent=1, at="")) == "The bad"


@pytest.mark.parametrize(
    ("unit", "told"),
    [
        ("times", "1 time"),
        ("processes", "1 process"),
        ("answers of 1000", "1 answer of 1000"),
        ("s", "1 s"),
        ("ms", "1 ms"),
    ],
)
def test_one_is_told_in_the_singular_and_read_in_both(unit: str, told: str) -> None:
    prediction = TIMES.model_copy(update={"unit": unit})
    assert answers.said(prediction, Predicted(answer=1.0, reason="", sure_percent=1, at="")) == told
    assert answers.read(prediction, told) == answers.read(prediction, f"1 {unit}") == 1

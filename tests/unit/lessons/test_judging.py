import pytest

from lab.lessons.judging import Seen, expected, mark
from lab.lessons.lessonfile import Expectation


@pytest.mark.parametrize(
    ("seen", "expect", "said"),
    [
        (Seen(value=200), {"equals": 200}, "pass"),
        (Seen(value=200), {"equals": "200"}, "pass"),
        (Seen(value=404), {"equals": 200}, "not yet"),
        (Seen(value=""), {"equals": ""}, "pass"),
        (Seen(value="abc"), {"matches": "^a"}, "pass"),
        (Seen(value="abc"), {"matches": "^b"}, "not yet"),
        (Seen(value=3), {"at_least": 3}, "pass"),
        (Seen(value=2), {"at_least": 3}, "not yet"),
        (Seen(value=2, low=1, high=4), {"at_least": 3}, "cannot judge"),
        (Seen(value=5, low=4, high=6), {"at_least": 3, "at_most": 7}, "pass"),
        (Seen(value=5, low=4, high=8), {"at_least": 3, "at_most": 7}, "cannot judge"),
        (Seen(value=9, low=8, high=10), {"at_least": 3, "at_most": 7}, "not yet"),
        (Seen(value=5, low=4, high=8), {"at_least": 9, "at_most": 7}, "not yet"),
        (Seen(value="five"), {"at_least": 3}, "not yet"),
    ],
)
def test_what_was_seen_is_held_against_what_is_expected(seen: Seen, expect: dict[str, object], said: str) -> None:
    assert mark(seen, Expectation.model_validate(expect)) == said


@pytest.mark.parametrize(
    ("seen", "shown"),
    [
        (Seen(value=10), "10"),
        (Seen(value=""), "nothing"),
        (Seen(value=1.4567, low=1.0, high=2.0), "1.46 (1.00 to 2.00)"),
        (Seen(value=3, detail="of 4"), "3: of 4"),
    ],
)
def test_what_was_seen_is_shown_with_its_interval(seen: Seen, shown: str) -> None:
    assert seen.shown == shown


def test_a_check_says_what_it_has_counted() -> None:
    seen = Seen(value=3, detail="3 × 200, 2 × 503", of="such answers")
    assert (seen.shown, seen.told) == ("3: 3 × 200, 2 × 503", "3 such answers: 3 × 200, 2 × 503")


@pytest.mark.parametrize(
    ("expect", "said"),
    [
        (Expectation(equals="gzip"), "exactly 'gzip'"),
        (Expectation(equals=3), "exactly 3"),
        (Expectation(at_least=1.5, at_most=4.5), "at least 1.5, at most 4.5"),
        (Expectation(matches="^pong"), "something that matches ^pong"),
    ],
)
def test_what_is_expected_is_said(expect: Expectation, said: str) -> None:
    assert expected(expect) == said

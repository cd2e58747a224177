"""Lessons whose checks compare times, played in short: while nothing else is at work."""

from collections.abc import Callable

import pytest

from tests.e2e.course import Learner, play

pytestmark = pytest.mark.alone

PLAYED = (3, 5)


@pytest.mark.parametrize("number", PLAYED)
def test_a_lesson_is_not_yet_then_solved_then_begun_anew(learner: Callable[[str], Learner], number: int) -> None:
    play(learner("tester"), number, all_of_it=False)
